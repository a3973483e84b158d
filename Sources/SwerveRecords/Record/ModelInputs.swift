import SwerveFiles
import SwerveText

/// Which of the files that a run or a golden recorded belong to a model of another tool: a GGUF file, or a folder with
/// config.json. Such files are large and no part of a repository.
///
/// A GGUF file may have any name. The record tells it from a checkpoint of swerve, whose content has a digest of its own.
package struct ModelInputs {
  private let files: [(path: String, hasContent: Bool)]
  private let mayLackContents: Bool

  /// - Parameters:
  ///   - files: all that were recorded, and whether the digest of their content was, too.
  ///   - mayLackContents: an earlier swerve may have made the record, without such digests. Then a name that ends with
  ///     .safetensors is a checkpoint.
  package init(_ files: [(path: String, hasContent: Bool)], mayLackContents: Bool = false) {
    (self.files, self.mayLackContents) = (files, mayLackContents)
  }

  /// The models, each by its file or its folder, in the order of the record.
  package var models: [String] {
    files.filter(isModel).map { isInFolder($0.path) ? Path.parent($0.path) : $0.path }.distinct
  }

  /// Whether a file belongs to one of them.
  package func contains(_ path: String) -> Bool { files.contains { $0.path === path && isModel($0) } }

  /// Whether a file is GGUF by its first bytes, whatever its name.
  package static func isGGUF(_ place: String) -> Bool {
    guard let start = try? FileReader(place).read(atMost: 4) else { return false }
    return start.elementsEqual("GGUF".utf8)
  }

  private func isModel(_ file: (path: String, hasContent: Bool)) -> Bool {
    if FileDigest.isCopied(file.path) { return false }
    if file.path.endsExactly(with: ".gguf") || isInFolder(file.path) { return true }
    return !file.hasContent && !(mayLackContents && file.path.endsExactly(with: ".safetensors"))
  }

  private func isInFolder(_ path: String) -> Bool {
    let config = Path.join(Path.parent(path), "config.json")
    return files.contains { $0.path === config }
  }
}
