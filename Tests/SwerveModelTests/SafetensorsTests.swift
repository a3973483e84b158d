import SwerveTestSupport
import Testing

@testable import SwerveModel

/// A file from a header as text and data, whatever they say.
func safetensorsFile(_ header: String, data: [UInt8] = [], length: UInt64? = nil) -> [UInt8] {
  withUnsafeBytes(of: (length ?? UInt64(header.utf8.count)).littleEndian) { Array($0) } + Array(header.utf8) + data
}

@Suite struct SafetensorsTests {
  private func written(
    _ metadata: [(key: String, value: String)], _ tensors: [(String, [Int], [Float])]
  ) throws -> [UInt8] {
    let buffers = tensors.map { tensor in
      let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: tensor.2.count)
      _ = buffer.initialize(from: tensor.2)
      return buffer
    }
    defer { for buffer in buffers { buffer.deallocate() } }
    let named = zip(tensors, buffers).map {
      NamedTensor(name: $0.0, shape: $0.1, values: UnsafeBufferPointer($1))
    }
    return try Safetensors.bytes(metadata: metadata, tensors: named)
  }

  @Test func readsBackWhatItWroteBitForBit() throws {
    let odd: [Float] = [0, -0.0, .infinity, .leastNonzeroMagnitude, 1.5, Float(bitPattern: 0x7FC0_1234)]
    let bytes = try written(
      [("b", "2"), ("a", "quote \" slash \\ line\n tab\t bell\u{7} é 🇩🇪")],
      [("z.weight", [2, 3], odd), ("empty", [0, 4], []), ("scalar", [], [3.25]), ("név \"x\"", [1], [1])])
    let file = try TensorFile(bytes: bytes)
    #expect(file.header.metadata.map(\.key) == ["b", "a"])
    #expect(file.header.metadata("a") == "quote \" slash \\ line\n tab\t bell\u{7} é 🇩🇪")
    #expect(file.header.metadata("c") == nil)
    #expect(file.header.entries.map(\.name) == ["z.weight", "empty", "scalar", "név \"x\""])
    #expect(try file.floats("z.weight", shape: [2, 3]).map(\.bitPattern) == odd.map(\.bitPattern))
    #expect(try file.floats("empty", shape: [0, 4]) == [])
    #expect(try file.floats("scalar", shape: []) == [3.25])
  }

  @Test func writesTheBytesOfTheFormat() throws {
    let bytes = try written([("format", "pt")], [("w", [2], [1, -2])])
    let header = #"{"__metadata__":{"format":"pt"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#
    let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
    #expect(bytes == safetensorsFile(padded, data: [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0]))
    #expect(try written([], []) == safetensorsFile("{}      "))
    #expect(try written([("a", "b")], []) == safetensorsFile(#"{"__metadata__":{"a":"b"}} "# + "     "))
  }

  @Test func rejectsBadTensorsBeforeWriting() throws {
    #expect(throws: SafetensorsError.self) { try written([], [("w", [3], [1, 2])]) }
    #expect(throws: SafetensorsError.self) { try written([], [("w", [-1, -2], [1, 2])]) }
    #expect(throws: SafetensorsError.self) { try written([], [("w", [1], [1]), ("w", [1], [2])]) }
    #expect(throws: SafetensorsError.self) { try written([("k", "1"), ("k", "2")], []) }
    #expect(throws: SafetensorsError.self) { try written([], [("__metadata__", [1], [1])]) }
  }

  @Test func convertsOtherTypesOnlyOnRequest() throws {
    let header =
      #"{"d":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"i":{"dtype":"I64","shape":[1],"data_offsets":[8,16]},"#
      + #""h":{"dtype":"F16","shape":[2],"data_offsets":[16,20]},"#
      + #""b":{"dtype":"BF16","shape":[1],"data_offsets":[20,22]},"#
      + #""m":{"dtype":"BOOL","shape":[1],"data_offsets":[22,23]}}"#
    let double = withUnsafeBytes(of: (-0.1).bitPattern.littleEndian) { Array($0) }
    let integer = withUnsafeBytes(of: Int64(-7).littleEndian) { Array($0) }
    let bytes = safetensorsFile(header, data: double + integer + [0x00, 0x3C, 0x01, 0x00, 0x40, 0xC0, 1])
    let file = try TensorFile(bytes: bytes)
    #expect(try file.floats("d", converting: true) == [-0.1])
    #expect(try file.floats("i", converting: true) == [-7])
    #expect(try file.floats("h", converting: true) == [1, 0x1p-24])
    #expect(try file.floats("b", converting: true) == [-3])
    #expect(try file.integers("i") == [-7])
    for name in ["d", "i", "h", "b", "m"] {
      #expect(throws: SafetensorsError.self) { try file.floats(name) }
    }
    #expect(throws: SafetensorsError.self) { try file.floats("m", converting: true) }
    #expect(throws: SafetensorsError.self) { try file.integers("d") }
  }

  @Test func namesTheTensorAndWhatWasFoundAndExpected() throws {
    let bytes = try written([], [("w", [2, 1], [1, 2])])
    let file = try Safetensors(bytes)
    func message(_ body: (UnsafeRawBufferPointer) throws -> Void) -> String {
      do { try bytes.withUnsafeBytes(body) } catch { return "\(error)" }
      return ""
    }
    #expect(
      message { _ = try file.floats("w", in: $0, shape: [2]) }
        == "safetensors: tensor \"w\": shape: found [2, 1], expected [2]")
    #expect(
      message { _ = try file.integers("w", in: $0) } == "safetensors: tensor \"w\": dtype: found F32, expected I64")
    #expect(message { _ = try file.floats("v", in: $0) }.hasPrefix("safetensors: tensor \"v\": missing"))
    #expect(
      message { _ = try file.floats("w", in: UnsafeRawBufferPointer(rebasing: $0.dropLast())) }
        .hasPrefix("safetensors: file size"))
  }
}
