import Foundation
import SwerveModel

/// The reference values that other implementations made (make.py beside them says how).
package enum Fixtures {
  /// SWERVE_FIXTURES, else `../shared/fixtures` beside the repository.
  package static var folder: URL {
    if let path = ProcessInfo.processInfo.environment["SWERVE_FIXTURES"], !path.isEmpty {
      return URL(fileURLWithPath: path, isDirectory: true)
    }
    return repository.deletingLastPathComponent().appendingPathComponent("shared/fixtures", isDirectory: true)
  }

  /// The repository's root, from where this file was compiled.
  package static let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// For `.enabled(if: Fixtures.arePresent, Fixtures.absence)`.
  package static var arePresent: Bool {
    FileManager.default.fileExists(atPath: folder.appendingPathComponent("make.py").path)
  }
  package static let absence = "the fixtures folder is not there; SWERVE_FIXTURES can name it"

  /// A JSON fixture, such as `json("philox.json", as: [Case].self)`.
  package static func json<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
    try JSONDecoder().decode(type, from: Data(contentsOf: folder.appendingPathComponent(name)))
  }

  /// A safetensors fixture, read by the project's own reader.
  package static func tensors(_ name: String) throws -> TensorFile {
    try TensorFile(bytes: [UInt8](Data(contentsOf: folder.appendingPathComponent(name))))
  }
}

/// A safetensors file in memory.
package struct TensorFile {
  package let bytes: [UInt8]
  package let header: Safetensors

  package init(bytes: [UInt8]) throws {
    self.bytes = bytes
    header = try Safetensors(bytes)
  }

  package func shape(_ name: String) throws -> [Int] { try header.entry(name).shape }

  package func floats(_ name: String, shape: [Int]? = nil, converting: Bool = false) throws -> [Float] {
    try bytes.withUnsafeBytes { try header.floats(name, in: $0, shape: shape, converting: converting) }
  }

  package func integers(_ name: String) throws -> [Int64] {
    try bytes.withUnsafeBytes { try header.integers(name, in: $0) }
  }
}
