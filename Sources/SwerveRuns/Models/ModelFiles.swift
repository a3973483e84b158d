import SwerveFiles
import SwerveModel
import SwerveRecords
import SwerveText
import Synchronization

/// The files of a model that a script or the command line names by one path: a checkpoint of swerve, a GGUF file, or
/// those files of a Hugging Face folder that a model is read from.
///
/// What they say is read once for all copies of a value; nothing notices a file that changes after that.
package struct ModelFiles: Sendable {
  /// As errors name the model.
  package let path: String
  /// For a folder, the names inside; for a file, its own name.
  let files: [(name: String, place: String)]
  private let isFolder: Bool
  /// The model below the adapters of a checkpoint, where the user names it.
  package var base: String?
  private let said = Said()

  /// - Parameter path: of a file or a folder.
  /// - Throws: CheckpointError.missing where there is neither; UsageError for a folder without config.json.
  package init(_ path: String) throws {
    switch POSIXFile.kind(path) {
    case .file: self.init(path, file: (Path.name(path), path))
    case .folder:
      let names = try POSIXFile.list(path).filter { name in
        WeightFormat.huggingFace.uses(name) && POSIXFile.kind(Path.join(path, name)) == .file
      }
      try self.init(path, folder: names.map { ($0, Path.join(path, $0)) })
    case .other, nil: throw CheckpointError.missing(path: path)
    }
  }

  /// A model as `init(_:)` finds it, or the result of a run.
  /// - Parameters:
  ///   - stage: of a run, the stage whose result it is; nil: the last one.
  ///   - base: the model below adapters; nil: where the run had it.
  /// - Throws: UsageError for a stage that the run lacks or has not finished, and for a stage of something that is no
  ///   run.
  package init(ofRunOrModel path: String, stage: String? = nil, base: String? = nil) throws {
    let path = try RunSource.find(path)
    let folder = RunFolder(path: path)
    guard POSIXFile.kind(folder.manifest) == .file else {
      if stage != nil { throw UsageError("--stage is for runs, and \(path) is none") }
      try self.init(path)
      self.base = base
      return
    }
    let (_, manifest) = try RunReader.open(path)
    let wanted = try StageNames(manifest.stages.map(\.name), of: "run \(path)").find(stage)
    let checkpoint = folder.checkpoint(stage: wanted)
    guard POSIXFile.kind(checkpoint) == .file else {
      throw UsageError(
        "stage '\(wanted)' of run \(path) has no result yet", hint: "let the run end: swerve run --resume")
    }
    try self.init(checkpoint)
    self.base = base
  }

  /// A single file that may lie under another name than its own.
  init(_ path: String, file: (name: String, place: String)) {
    self.path = path
    files = [file]
    isFolder = false
  }

  /// The files of a folder, which may lie elsewhere.
  /// - Throws: UsageError without config.json.
  init(_ path: String, folder: [(name: String, place: String)]) throws {
    guard folder.contains(where: { $0.name === "config.json" }) else {
      throw UsageError(
        "\(path) is a folder without config.json, so it is no model",
        hint: "give a folder as transformers saves it, a .gguf file or a checkpoint")
    }
    self.path = path
    files = folder
    isFolder = true
  }

  /// Whether it is a checkpoint of swerve, or claims to be: a file that is not in another tool's format.
  package var isCheckpoint: Bool { !isFolder && !isGGUF }

  private var isGGUF: Bool {
    files[0].name.endsExactly(with: ".gguf") || ModelInputs.isGGUF(files[0].place)
  }

  /// The place of a checkpoint's file.
  var checkpoint: String { files[0].place }

  /// The digest of each file, which is an input of a run that starts from the model.
  /// - Parameter recorded: the model's path in the record.
  func digests(recorded: String) throws -> [FileDigest] {
    let digests = try said.digests { try files.map { try Digest.ofFile($0.place) } }
    return zip(files, digests).map { file, digest in
      FileDigest(path: isFolder ? Path.join(recorded, file.name) : recorded, sha256: digest)
    }
  }

  /// What tells this model from any other: the digest of a checkpoint's weights, or of other tools' files.
  func originDigest() throws -> String {
    isCheckpoint ? try CheckpointFile.read(checkpoint).weightsSHA256 : try digest()
  }

  /// The models of one command, of which those that are adapters have their base where the user says.
  /// - Parameter isUsed: the command's script has adapters on the base.
  /// - Throws: UsageError for a base where nothing is of adapters; CheckpointError for a checkpoint that can't be read.
  static func giving(base: String?, to models: [ModelFiles], isUsed: Bool) throws -> [ModelFiles] {
    guard let base else { return models }
    var isUsed = isUsed
    let given = try models.map { files in
      var files = files
      if try files.holdsAdapters { (files.base, isUsed) = (base, true) }
      return files
    }
    if isUsed { return given }
    throw UsageError(
      "--base is for checkpoints of adapters, and \(models.map(\.path).joined(separator: " and ")) "
        + (models.count == 1 ? "holds a whole model" : "hold whole models"))
  }

  private var holdsAdapters: Bool {
    get throws { try isCheckpoint && CheckpointFile.size(checkpoint).areAdapters }
  }

  /// One digest of the whole model: that of its file, or that of its files' names and digests.
  func digest() throws -> String {
    let digests = try digests(recorded: "")
    return digests.count == 1
      ? digests[0].sha256 : Digest.of(digests.map { "\($0.path) \($0.sha256)\n" }.joined())
  }

  /// What a model of another tool is; its weights are not read yet.
  /// - Throws: ModelFileError; FileError for a file that can't be opened.
  package func stored() throws -> StoredModel { try said.stored { try read() } }

  /// The tokenizer of a model of another tool.
  /// - Throws: ModelFileError for a model without one, or with one that its embedding does not fit; ModelTokenizerError
  ///   for one that can't be read; what `stored` throws.
  package func tokenizer() throws -> SubwordTokenizer {
    let stored = try stored()
    return try said.tokenizer { try located { try stored.makeTokenizer() } }
  }

  private func read() throws -> StoredModel {
    let mapped = try files.map { file in
      let memory = try MappedFile(file.place)
      // A packed file is named by its digest, and the reader goes by names.
      let name = isFolder || file.name.endsExactly(with: ".gguf") ? file.name : file.name + ".gguf"
      return ModelFile(
        name: name, bytes: memory.bytes, owner: memory, release: { memory.release(0..<memory.bytes.count) })
    }
    return try located { try WeightFormat.read(mapped) }
  }

  /// Gives errors of a model's file the path of the file.
  func located<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as WeightFormatError {
      throw ModelFileError(path: isFolder ? Path.join(path, error.file) : path, error: error)
    } catch let error as TokenizerError {
      throw ModelTokenizerError(path: path, error: error)
    }
  }
}

/// What a model's files say. What can't be read is read again.
private final class Said: Sendable {
  private let model = Mutex<StoredModel?>(nil)
  private let tokens = Mutex<SubwordTokenizer?>(nil)
  private let hashes = Mutex<[String]?>(nil)

  func stored(_ read: () throws -> StoredModel) throws -> StoredModel {
    try model.withLock { try Self.once(&$0, read) }
  }

  func tokenizer(_ read: () throws -> SubwordTokenizer) throws -> SubwordTokenizer {
    try tokens.withLock { try Self.once(&$0, read) }
  }

  func digests(_ read: () throws -> [String]) throws -> [String] {
    try hashes.withLock { try Self.once(&$0, read) }
  }

  private static func once<Value>(_ known: inout Value?, _ read: () throws -> Value) throws -> Value {
    if let known { return known }
    let value = try read()
    known = value
    return value
  }
}

/// What is wrong with a file of a model.
package struct ModelFileError: UserFacingError, Equatable {
  package let path: String
  package let error: WeightFormatError

  package var message: String {
    "\(path): \(error.subject.map { $0 + ": " } ?? "")found \(error.found), expected \(error.expected)"
  }
  package var hint: String? { error.hint }
  package var category: ErrorCategory { .data }
}

/// What is wrong with a model's tokenizer.
package struct ModelTokenizerError: UserFacingError, Equatable {
  package let path: String
  package let error: TokenizerError

  package var message: String { "\(path): \(error.message)" }
  package var hint: String? { error.hint }
  package var category: ErrorCategory { .data }
}
