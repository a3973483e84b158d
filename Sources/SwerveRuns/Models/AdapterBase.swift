import SwerveFiles
import SwerveModel
import SwerveRL
import SwerveRecords
import SwerveTensor
import SwerveText

/// The model below the adapters of a checkpoint. The checkpoint names it by a path and a digest.
struct AdapterBase {
  let origin: ModelOrigin
  /// The checkpoint of the adapters.
  private let path: String
  private let digest: String
  private let places: [() throws -> ModelFiles]

  /// - Parameters:
  ///   - checkpoint: of adapters.
  ///   - given: what the user names instead.
  /// - Throws: CheckpointError for a checkpoint that names no base.
  init(_ checkpoint: Checkpoint, path: String, given: String?) throws {
    guard let origin = ModelOrigin({ checkpoint.metadata($0) }), let digest = checkpoint.metadata(ModelOrigin.digestKey)
    else {
      throw CheckpointError.damaged(path: path, detail: "its metadata name no model below the adapters")
    }
    self.path = path
    self.digest = digest
    self.origin = origin
    if let given {
      places = [{ try ModelFiles(given) }]
    } else {
      places = Self.places(of: origin, beside: path)
    }
  }

  /// Where the base may lie: for a stage, beside its adapters; for a file, as the script of the run found it, and from the working
  /// folder.
  private static func places(of origin: ModelOrigin, beside path: String) -> [() throws -> ModelFiles] {
    switch origin {
    case .stage(let name):
      return [{ try ModelFiles(Path.join(Path.parent(path), RunFolder.checkpointName(stage: name))) }]
    case .file(let base, _):
      let run = Path.parent(Path.parent(path))
      return [
        {
          let (folder, manifest) = try RunReader.open(run)
          return try CheckpointPlaces(Project(root: manifest.root, script: manifest.script), folder, manifest).files(
            base)
        }, { try ModelFiles(base) },
      ]
    }
  }

  /// The base, from the first place that has the very model.
  /// - Parameter shape: of the model with its adapters.
  /// - Throws: AdapterBaseError where no place has it.
  func model(shape: ModelConfiguration, mode: MathMode) throws -> Transformer {
    // More threads only read the file faster.
    let pool = WorkerPool(threads: 4)
    defer { pool.close() }
    var tried: [String] = []
    for place in places {
      guard let files = try? place() else { continue }
      guard try files.originDigest() === digest else {
        tried.append(files.path)
        continue
      }
      let model = try ModelLoading.model(files, mode: mode, pool: pool).model
      var expected = shape
      (expected.adapters, expected.valueHeadWidth) = (nil, model.configuration.valueHeadWidth)
      expected.classifier = model.configuration.classifier
      guard model.configuration == expected, model.base == nil else {
        throw CheckpointError.damaged(path: path, detail: "its adapters do not fit the model \(files.path)")
      }
      return model
    }
    throw AdapterBaseError(path: path, origin: origin, digest: digest, others: tried)
  }
}

extension ModelFiles {
  /// What tells this model from any other: the digest of a checkpoint's weights, or of other tools' files.
  func originDigest() throws -> String {
    isCheckpoint ? try CheckpointFile.read(checkpoint).weightsSHA256 : try digest()
  }
}

/// The model below adapters was not found.
struct AdapterBaseError: UserFacingError {
  let path: String
  let origin: ModelOrigin
  let digest: String
  /// Models that lie there in its place.
  let others: [String]

  var message: String {
    let found = others.isEmpty ? "which is not there" : "but \(others.joined(separator: " and ")) is another model"
    return
      "\(path) holds adapters of \(origin.description) (sha256 \(digest.leading(16))...), \(found)"
  }
  var hint: String? { "name that model with --base, or put it back where the run had it" }
  var category: ErrorCategory { .data }
}
