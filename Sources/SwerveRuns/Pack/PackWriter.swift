import SwerveFiles
import SwerveRecords
import SwerveText

/// Packs a run folder, and the checkpoints that its script read, into one file, with everything that a replay on
/// another machine needs.
///
/// The file is a tar archive. The same run gives the same bytes, no matter who packs it, when, or what its folder is
/// called.
package enum PackWriter {
  package struct Outcome: Equatable, Sendable {
    package let files: Int
    package let bytes: Int
  }

  /// A file to pack: its path in the archive and its path on the disk.
  private struct Source {
    let path: String
    let place: String
  }

  /// - Parameter withModels: also pack files of models of other tools, such as a GGUF file. Without them, a replay needs
  ///   the same files beside the script.
  /// - Throws: RecordError.locked while another process writes the run; an error that names a file of the run that was
  ///   changed after it was written, or a checkpoint that is missing or was changed after it was read.
  package static func pack(_ path: String, to output: String, withModels: Bool = false) throws -> Outcome {
    let (folder, manifest) = try RunReader.open(path)
    let lock = try FileReader(folder.metrics)
    guard lock.keepFromWriters() else { throw RecordError.locked(path: path) }
    return try withExtendedLifetime(lock) {
      _ = try RunCheck.run(path)
      let sources = try sources(folder, manifest, withModels: withModels)
      let list = PackList(
        name: name(manifest),
        files: try sources.map {
          PackList.File(path: $0.path, bytes: try FileReader($0.place).bytes, sha256: try Digest.ofFile($0.place))
        })
      let text = Array(list.text.utf8)
      let problem = list.problem ?? (text.count > PackList.largest ? (path, "too many files") : nil)
      guard problem == nil, let bytes = list.archiveBytes(text.count) else {
        throw FileError.refused(
          FileOperation("pack"), path: path, reason: problem.map { "\($0.part): \($0.detail)" } ?? "it is too large")
      }
      try POSIXFile.writeAtomically(to: output) { write in
        try write(TarHeader.bytes(path: list.name + "/" + PackList.fileName, bytes: text.count)[...])
        try write(TarHeader.padded(text)[...])
        for (file, source) in zip(list.files, sources) { try add(file, source, list.name, write) }
        try write(TarHeader.end[...])
      }
      return Outcome(files: list.files.count, bytes: bytes)
    }
  }

  /// The name of the folder that unpacking makes, short enough for any tar program.
  private static func name(_ manifest: Manifest) -> String {
    let name = RunFolder.name(manifest)
    return name.utf8.count <= 80
      ? name
      : String(decoding: name.utf8.prefix(40), as: UTF8.self) + "-"
        + manifest.inputs.digest.leading(8)
  }

  private static func add(
    _ file: PackList.File, _ source: Source, _ name: String, _ write: (ArraySlice<UInt8>) throws -> Void
  ) throws {
    try write(TarHeader.bytes(path: name + "/" + file.path, bytes: file.bytes)[...])
    var digest = DigestInProgress()
    try POSIXFile.forEachPiece(of: source.place) {
      digest.add($0)
      try write($0)
    }
    let found = digest.value
    guard found === file.sha256 else {
      throw RecordError.fileChanged(path: source.place, recorded: file.sha256, found: "\(found) while it was packed")
    }
    try write(TarHeader.padding(file.bytes)[...])
  }

  private static func sources(
    _ folder: RunFolder, _ manifest: Manifest, withModels: Bool
  ) throws -> [Source] {
    var sources = try RunFiles.list(folder).filter { $0 !== PackList.fileName }
      .map { Source(path: $0, place: Path.join(folder.path, $0)) }
    for input in try inputs(folder, manifest, withModels: withModels)
    where !sources.contains(where: { $0.path === input.path }) {
      sources.append(input)
    }
    return sources.sorted { $0.path.isExactlyBefore($1.path) }
  }

  /// The files that the script read and of which the folder has no copy, named by their digests.
  private static func inputs(
    _ folder: RunFolder, _ manifest: Manifest, withModels: Bool
  ) throws -> [Source] {
    let root = manifest.root
    let models = manifest.modelInputs
    func location(of file: FileDigest) -> String {
      let packed = Path.join(folder.inputs, file.sha256)
      return POSIXFile.kind(packed) == .file ? packed : Path.join(root, file.path)
    }
    let files = manifest.filesWithoutCopy.filter { file in
      withModels || !models.contains(file.path) && !ModelInputs.isGGUF(location(of: file))
    }
    return try files.map { file in
      let place = location(of: file)
      guard POSIXFile.kind(place) == .file else { throw CheckpointError.missing(path: place) }
      let found = try Digest.ofFile(place)
      guard found === file.sha256 else {
        throw RecordError.inputsDiffer(
          path: folder.path, field: "file \(file.path)", recorded: file.sha256, found: found)
      }
      return Source(path: Path.name(folder.inputs) + "/" + file.sha256, place: place)
    }
  }
}
