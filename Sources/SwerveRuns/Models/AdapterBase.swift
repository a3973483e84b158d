import SwerveFiles
import SwerveModel
import SwerveRL
import SwerveRecords
import SwerveTensor
import SwerveText

/// The model below the adapters of a checkpoint. The checkpoint names it by a path and a digest.
struct AdapterBase {
  let origin: ModelOrigin
  /// What tells the model from any other, as `ModelFiles.originDigest` makes it.
  let digest: String
  /// The checkpoint of the adapters.
  private let path: String

  /// - Parameter checkpoint: of adapters.
  /// - Throws: CheckpointError for a checkpoint that names no base.
  init(_ checkpoint: Checkpoint, path: String) throws {
    guard let origin = ModelOrigin({ checkpoint.metadata($0) }), let digest = checkpoint.metadata(ModelOrigin.digestKey)
    else {
      throw CheckpointError.damaged(path: path, detail: "its metadata name no model below the adapters")
    }
    (self.path, self.origin, self.digest) = (path, origin, digest)
  }

  /// A model that was found, with its content where that was read to recognize it.
  struct Found {
    let files: ModelFiles
    let checkpoint: Checkpoint?
  }

  /// The very model, from the first place that has it.
  /// - Parameters:
  ///   - given: a model that is the only place to look at; nil: where the run had it.
  ///   - first: places to look at before those.
  /// - Throws: AdapterBaseError where no place has it; what reading a model that lies in one of them throws.
  func find(given: ModelFiles? = nil, first: [() throws -> ModelFiles] = []) throws -> Found {
    var places = first + places
    if let given { places = [{ given }] }
    var others: [String] = []
    for place in places {
      guard let files = try Self.present(place) else { continue }
      let checkpoint = files.isCheckpoint ? try CheckpointFile.read(files.checkpoint) : nil
      if try checkpoint?.weightsSHA256 ?? files.digest() === digest {
        return Found(files: files, checkpoint: checkpoint)
      }
      if !others.containsExactly(files.path) { others.append(files.path) }
    }
    throw AdapterBaseError(path: path, origin: origin, digest: digest, others: others)
  }

  /// Where the base may lie: for a stage, beside its adapters; for a file, as the script of the run found it, and from the working
  /// folder.
  private var places: [() throws -> ModelFiles] {
    switch origin {
    case .stage(let name):
      return [{ [path] in try ModelFiles(Path.join(Path.parent(path), RunFolder.checkpointName(stage: name))) }]
    case .file(let base, _):
      let run = Path.parent(Path.parent(path))
      let fromFolder = { try ModelFiles(base) }
      guard POSIXFile.kind(RunFolder(path: run).manifest) == .file else { return [fromFolder] }
      return [
        {
          let (folder, manifest) = try RunReader.open(run)
          return try CheckpointPlaces(Project(root: manifest.root, script: manifest.script), folder, manifest).files(
            base)
        }, fromFolder,
      ]
    }
  }

  /// nil where nothing is there.
  private static func present(_ place: () throws -> ModelFiles) throws -> ModelFiles? {
    do {
      return try place()
    } catch CheckpointError.missing {
      return nil
    }
  }

  /// Loads the base.
  /// - Parameter shape: of the model with its adapters.
  /// - Throws: CheckpointError for a model of another shape.
  func model(_ found: Found, shape: ModelConfiguration, mode: MathMode) throws -> Transformer {
    // More threads only read the file faster.
    let pool = WorkerPool(threads: 4)
    defer { pool.close() }
    let model = try ModelLoading.model(found.files, checkpoint: found.checkpoint, mode: mode, pool: pool).model
    var expected = shape
    (expected.adapters, expected.valueHeadWidth) = (nil, model.configuration.valueHeadWidth)
    expected.classifier = model.configuration.classifier
    guard model.configuration == expected, model.base == nil else {
      throw CheckpointError.damaged(path: path, detail: "its adapters do not fit the model \(found.files.path)")
    }
    return model
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
