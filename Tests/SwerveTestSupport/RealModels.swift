import Foundation
import SwerveFiles
import SwerveModel

/// The files of real models' fixtures.
package enum RealModels {
  /// Names of the folders in `models`.
  package static var folders: [String] {
    get throws {
      try FileManager.default.contentsOfDirectory(at: models, includingPropertiesForKeys: [.isDirectoryKey])
        .filter { try $0.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true }.map(\.lastPathComponent)
        .sorted()
    }
  }

  package static var models: URL { Fixtures.real.appendingPathComponent("models", isDirectory: true) }
  package static var gguf: URL { Fixtures.real.appendingPathComponent("gguf", isDirectory: true) }

  /// All files of a folder.
  package static func folder(_ name: String) throws -> [ModelFile] {
    let folder = models.appendingPathComponent(name, isDirectory: true)
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map {
      ModelFile(name: $0, contents: [UInt8](try Data(contentsOf: folder.appendingPathComponent($0))))
    }
  }

  package static func ggufBytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: gguf.appendingPathComponent(name)))
  }

  /// A JSON object of the fixtures.
  package static func object(_ url: URL) throws -> [String: Any] {
    try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any] ?? [:]
  }

  /// The digest of values as the fixtures have it: little-endian, -0 as 0.
  package static func digest(_ values: some Sequence<Float>) -> String {
    values.map { ($0 + 0).bitPattern.littleEndian }.withUnsafeBytes { Digest.of($0) }
  }
}

extension Transformer {
  /// All parameters as values that outlive the model.
  package var copiedParameters: [(name: String, values: [Float])] {
    withExtendedLifetime(self) { tensors.map { ($0.name, Array($0.values)) } }
  }
}
