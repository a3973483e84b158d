import Foundation
import SwerveModel

/// The reference values that other implementations made (Tests/Fixtures/README.md says how).
package enum Fixtures {
  /// SWERVE_FIXTURES, else Tests/Fixtures. A test whose file is not there fails: no set is optional.
  package static var folder: URL { otherSet ?? repository.appendingPathComponent("Tests/Fixtures", isDirectory: true) }

  /// The set of real models' values (Tests/Fixtures/real/README.md): `real` in the folder above. The other set may also
  /// be such a set itself.
  package static var real: URL {
    let inside = folder.appendingPathComponent("real", isDirectory: true)
    let isSetItself = FileManager.default.fileExists(atPath: folder.appendingPathComponent("made.json").path)
    return isSetItself ? folder : inside
  }

  private static var otherSet: URL? {
    guard let path = ProcessInfo.processInfo.environment["SWERVE_FIXTURES"], !path.isEmpty else { return nil }
    return URL(fileURLWithPath: path, isDirectory: true)
  }

  /// The repository's root, from where this file was compiled.
  package static let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

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

  /// The numbers of an F64 tensor.
  package func doubles(_ name: String) throws -> [Double] {
    let entry = try header.entry(name)
    precondition(entry.dtype == .f64, "\(name) is \(entry.dtype.rawValue), expected F64")
    return bytes.withUnsafeBytes { bytes in
      stride(from: entry.range.lowerBound, to: entry.range.upperBound, by: 8).map {
        Double(bitPattern: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt64.self)))
      }
    }
  }

  /// The numbers of a U8 tensor.
  package func octets(_ name: String) throws -> [UInt8] {
    let entry = try header.entry(name)
    precondition(entry.dtype == .u8, "\(name) is \(entry.dtype.rawValue), expected U8")
    return Array(bytes[entry.range])
  }
}
