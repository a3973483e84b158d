import SwerveText

/// What a safetensors file holds and where. It is checked completely before the first value is read.
///
/// The format: a little-endian UInt64 with the header's length, the header in JSON, then the tensors' bytes
/// (little-endian, row-major). A file is accepted if the format's own library accepts it: a header of at most 100 MB
/// that starts with `{` and has only spaces after its object, no repeated name, and tensors that cover the data without
/// overlap or gap.
package struct Safetensors: Sendable {
  /// One tensor of the file.
  package struct Entry: Equatable, Sendable {
    package let name: String
    package let dtype: SafetensorsDType
    package let shape: [Int]
    /// Its bytes, counted from the start of the file.
    package let range: Range<Int>

    /// Elements.
    package var count: Int { range.count / dtype.size }
  }

  package static let largestHeader = 100_000_000

  /// `__metadata__` in the order of the file.
  package let metadata: [(key: String, value: String)]
  /// In the order of the header.
  package let entries: [Entry]
  /// Index in `entries` by the name's bytes. Only looked up, never iterated.
  private let indices: [[UInt8]: Int]
  private let fileSize: Int

  /// Reads and checks the header. The values stay where they are: pass the same bytes to `floats` and `integers`.
  /// - Throws: `SafetensorsError`.
  package init(_ bytes: UnsafeRawBufferPointer) throws {
    let dataStart = try Self.dataStart(bytes)
    let header = try SafetensorsHeader(json: UnsafeRawBufferPointer(rebasing: bytes[8..<dataStart]))
    let dataSize = bytes.count - dataStart
    let entries = try header.entries.map { try Self.checked($0, dataStart: dataStart, dataSize: dataSize) }
    try Self.checkCoverage(entries, data: dataStart..<bytes.count)
    metadata = header.metadata
    self.entries = entries
    fileSize = bytes.count
    indices = Dictionary(uniqueKeysWithValues: entries.enumerated().map { (Array($1.name.utf8), $0) })
  }

  package init(_ bytes: [UInt8]) throws { self = try bytes.withUnsafeBytes { try Safetensors($0) } }

  /// The first metadata value of a key, nil if there is none.
  package func metadata(_ key: String) -> String? {
    metadata.first { $0.key === key }?.value
  }

  /// - Throws: `SafetensorsError` if there is no such tensor.
  package func entry(_ name: String) throws -> Entry {
    guard let index = indices[Array(name.utf8)] else {
      throw SafetensorsError(tensor: name, "missing", found: "\(entries.count) other tensors", expected: "this one")
    }
    return entries[index]
  }
}

extension Safetensors {
  /// The values of a tensor as float32.
  /// - Parameters:
  ///   - bytes: the file that this header was read from.
  ///   - shape: if given, the tensor must have this shape.
  ///   - converting: also accept F64 and I64 (rounded to the nearest Float), F16 and BF16 (exact). Otherwise only F32.
  /// - Throws: `SafetensorsError` for a missing tensor, another shape or another type.
  package func floats(
    _ name: String, in bytes: UnsafeRawBufferPointer, shape: [Int]? = nil, converting: Bool = false
  ) throws -> [Float] {
    let entry = try checkedEntry(name, in: bytes, shape: shape)
    let data = UnsafeRawBufferPointer(rebasing: bytes[entry.range])
    switch entry.dtype {
    case .f32: return data.elements(UInt32.self) { Float(bitPattern: $0) }
    case .f64 where converting: return data.elements(UInt64.self) { Float(Double(bitPattern: $0)) }
    case .i64 where converting: return data.elements(Int64.self) { Float($0) }
    case .f16 where converting: return data.elements(UInt16.self) { Float(Float16(bitPattern: $0)) }
    case .bf16 where converting: return data.elements(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
    default:
      throw SafetensorsError(
        tensor: name, "dtype", found: entry.dtype.rawValue, expected: converting ? "F32, F64, I64, F16 or BF16" : "F32")
    }
  }

  /// The values of an I64 tensor.
  /// - Throws: `SafetensorsError` for a missing tensor, another shape or another type.
  package func integers(_ name: String, in bytes: UnsafeRawBufferPointer, shape: [Int]? = nil) throws -> [Int64] {
    let entry = try checkedEntry(name, in: bytes, shape: shape)
    guard entry.dtype == .i64 else {
      throw SafetensorsError(tensor: name, "dtype", found: entry.dtype.rawValue, expected: "I64")
    }
    return UnsafeRawBufferPointer(rebasing: bytes[entry.range]).elements(Int64.self) { $0 }
  }

  private func checkedEntry(_ name: String, in bytes: UnsafeRawBufferPointer, shape: [Int]?) throws -> Entry {
    guard bytes.count == fileSize else {
      throw SafetensorsError("file size", found: "\(bytes.count) bytes", expected: "the \(fileSize) that were checked")
    }
    let entry = try entry(name)
    if let shape, shape != entry.shape {
      throw SafetensorsError(tensor: name, "shape", found: "\(entry.shape)", expected: "\(shape)")
    }
    return entry
  }
}

extension UnsafeRawBufferPointer {
  /// Little-endian integers of one type, converted one by one. The bytes need no alignment.
  fileprivate func elements<Raw: FixedWidthInteger & BitwiseCopyable, Element>(
    _ type: Raw.Type, _ convert: (Raw) -> Element
  ) -> [Element] {
    let size = MemoryLayout<Raw>.size
    return [Element](unsafeUninitializedCapacity: count / size) { buffer, initialized in
      for i in 0..<count / size {
        buffer.initializeElement(
          at: i, to: convert(Raw(littleEndian: loadUnaligned(fromByteOffset: i * size, as: type))))
      }
      initialized = count / size
    }
  }
}

extension Safetensors {
  /// Where the header ends.
  private static func dataStart(_ bytes: UnsafeRawBufferPointer) throws -> Int {
    guard bytes.count >= 8 else {
      throw SafetensorsError("file size", kind: .cutOff, found: "\(bytes.count) bytes", expected: "at least 8")
    }
    let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard length <= UInt64(largestHeader) else {
      throw SafetensorsError("header length", kind: .cutOff, found: "\(length)", expected: "at most \(largestHeader)")
    }
    guard Int(length) <= bytes.count - 8 else {
      throw SafetensorsError(
        "header length", kind: .cutOff, found: "\(length)",
        expected: "at most the \(bytes.count - 8) bytes that follow it")
    }
    guard length > 0, bytes[8] == UInt8(ascii: "{") else {
      throw SafetensorsError(
        "start of the header", found: length == 0 ? "nothing" : "byte \(bytes[8])", expected: "\"{\"")
    }
    return 8 + Int(length)
  }

  /// One entry against its own numbers and the size of the data.
  private static func checked(_ entry: SafetensorsHeaderEntry, dataStart: Int, dataSize: Int) throws -> Entry {
    let name = entry.name
    guard let dtype = SafetensorsDType(rawValue: entry.dtype) else {
      let known = SafetensorsDType.allCases.map(\.rawValue).joined(separator: " ")
      throw SafetensorsError(tensor: name, "dtype", found: entry.dtype.debugDescription, expected: "one of \(known)")
    }
    guard entry.begin <= entry.end, entry.end <= dataSize else {
      throw SafetensorsError(
        tensor: name, "data_offsets", kind: .cutOff, found: "[\(entry.begin), \(entry.end)]",
        expected: "begin <= end <= \(dataSize), the bytes after the header")
    }
    var size = dtype.size
    for extent in entry.shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: extent)
      guard !overflow else {
        throw SafetensorsError(tensor: name, "shape", found: "\(entry.shape)", expected: "at most \(Int.max) bytes")
      }
      size = product
    }
    guard size == entry.end - entry.begin else {
      throw SafetensorsError(
        tensor: name, "size", found: "\(entry.end - entry.begin) bytes in data_offsets",
        expected: "\(size) for \(dtype.rawValue) \(entry.shape)")
    }
    return Entry(
      name: name, dtype: dtype, shape: entry.shape, range: dataStart + entry.begin..<dataStart + entry.end)
  }

  /// The tensors must follow each other through the whole data.
  private static func checkCoverage(_ entries: [Entry], data: Range<Int>) throws {
    let ordered = entries.sorted {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    var end = data.lowerBound
    for entry in ordered {
      guard entry.range.lowerBound == end else {
        let problem = entry.range.lowerBound < end ? "overlap with the tensor before it" : "hole before it"
        throw SafetensorsError(
          tensor: entry.name, problem, found: "begin \(entry.range.lowerBound - data.lowerBound)",
          expected: "begin \(end - data.lowerBound)")
      }
      end = entry.range.upperBound
    }
    guard end == data.upperBound else {
      throw SafetensorsError(
        "size of the data", found: "\(data.count) bytes", expected: "the \(end - data.lowerBound) that tensors use")
    }
  }
}
