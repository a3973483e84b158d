import SwerveText

extension Safetensors {
  /// A file with float32 tensors: the same arguments give the same bytes.
  ///
  /// Metadata and tensors keep their order. The header is padded with spaces so that the data starts at a multiple of
  /// 8.
  /// - Throws: `SafetensorsError` for a repeated name or metadata key, the name `__metadata__`, or a shape that does
  ///   not match the number of values.
  package static func bytes(metadata: [(key: String, value: String)], tensors: [NamedTensor]) throws -> [UInt8] {
    var bytes = try head(metadata: metadata, tensors: tensors)
    bytes.reserveCapacity(bytes.count + tensors.reduce(0) { $0 + $1.values.count * 4 })
    for tensor in tensors { write(tensor) { bytes.append(contentsOf: $0) } }
    return bytes
  }

  /// What precedes the tensors' values: the header's length and the header.
  /// - Throws: as `bytes`.
  package static func head(metadata: [(key: String, value: String)], tensors: [NamedTensor]) throws -> [UInt8] {
    try checkNames(metadata.map(\.key), kind: "metadata key")
    try checkNames(tensors.map(\.name), kind: "tensor name")
    var header = "{"
    if !metadata.isEmpty {
      header += "\"__metadata__\":{"
      header += metadata.map { quoted($0.key) + ":" + quoted($0.value) }.joined(separator: ",")
      header += tensors.isEmpty ? "}" : "},"
    }
    var end = 0
    var members: [String] = []
    for tensor in tensors {
      try checkShape(tensor)
      let begin = end
      end += tensor.values.count * 4
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      members.append(
        quoted(tensor.name) + ":{\"dtype\":\"F32\",\"shape\":[\(shape)],\"data_offsets\":[\(begin),\(end)]}")
    }
    header += members.joined(separator: ",") + "}"
    header += String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
    guard header.utf8.count <= largestHeader else {
      throw SafetensorsError("header length", found: "\(header.utf8.count)", expected: "at most \(largestHeader)")
    }
    return withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { [UInt8]($0) } + header.utf8
  }

  /// Hands over a tensor's values as the file has them.
  package static func write(_ tensor: NamedTensor, to sink: (UnsafeRawBufferPointer) throws -> Void) rethrows {
    #if _endian(little)
      try sink(UnsafeRawBufferPointer(tensor.values))
    #else
      try tensor.values.map(\.bitPattern.littleEndian).withUnsafeBytes(sink)
    #endif
  }

  private static func checkNames(_ names: [String], kind: String) throws {
    var seen: Set<[UInt8]> = []
    for name in names {
      guard seen.insert(Array(name.utf8)).inserted else {
        throw SafetensorsError("repeated \(kind)", found: "\(name.debugDescription) twice", expected: "every name once")
      }
      guard name != "__metadata__" || kind != "tensor name" else {
        throw SafetensorsError(tensor: name, "reserved name", found: name.debugDescription, expected: "another name")
      }
    }
  }

  private static func checkShape(_ tensor: NamedTensor) throws {
    var count = 1
    for extent in tensor.shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !overflow else {
        count = -1
        break
      }
      count = product
    }
    guard count == tensor.values.count else {
      throw SafetensorsError(
        tensor: tensor.name, "shape", found: "\(tensor.shape)", expected: "a shape of its \(tensor.values.count) values"
      )
    }
  }

  private static func quoted(_ text: String) -> String { JSONValue.string(text).compact() }
}
