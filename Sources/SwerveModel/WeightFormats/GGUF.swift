import SwerveText

/// What a GGUF file holds and where (versions 2 and 3, little-endian). It is checked completely before the first value
/// is read, and nothing is allocated by what the file announces: counts and lengths are compared with its size first.
///
/// The format: magic, version, two counts, the keys with their values, the tensors' names, shapes, types and offsets,
/// then, at a multiple of the alignment, the tensors' bytes.
struct GGUF: Sendable {
  let file: ModelFile
  let tensors: [StoredTensor]
  private let keys: [ExactString: GGUFValue]

  /// - Throws: `WeightFormatError`.
  init(_ file: ModelFile) throws {
    self.file = file
    var cursor = GGUFCursor(file)
    try Self.checkStart(&cursor)
    // A tensor's entry has at least 33 bytes, a key with its value at least 14.
    let tensorCount = try cursor.count("count of tensors", size: 33)
    let keyCount = try cursor.count("count of keys", size: 14)
    keys = try Self.keys(keyCount, &cursor)
    var entries: [GGUFTensorEntry] = []
    for index in 0..<tensorCount { entries.append(try GGUFTensorEntry(index, &cursor)) }
    let alignment = try Self.alignment(keys[ExactString("general.alignment")], file)
    let data = (cursor.position + alignment - 1) / alignment * alignment
    tensors = try Self.placed(entries, data: data, alignment: alignment, file)
  }

  private static func checkStart(_ cursor: inout GGUFCursor) throws {
    let file = cursor.file.name
    guard try cursor.integer(UInt32.self, "magic") == 0x4655_4747 else {
      throw WeightFormatError(.malformed, file, found: "other first bytes", expected: "the letters GGUF")
    }
    let version = try cursor.integer(UInt32.self, "version")
    if version.byteSwapped == 2 || version.byteSwapped == 3 {
      throw WeightFormatError(
        .unsupported, file, "version", found: "a file for big-endian machines", expected: "a little-endian file",
        hint: "convert the model again, for little-endian machines")
    }
    guard version == 2 || version == 3 else {
      throw WeightFormatError(
        .unsupported, file, "version", found: "\(version)", expected: "2 or 3",
        hint: version == 1 ? "convert the model again with a current llama.cpp" : nil)
    }
  }

  private static func keys(_ count: Int, _ cursor: inout GGUFCursor) throws -> [ExactString: GGUFValue] {
    var keys: [ExactString: GGUFValue] = [:]
    for index in 0..<count {
      let key = try cursor.name("key number \(index + 1)")
      let value = try cursor.value(of: key)
      guard keys.updateValue(value, forKey: ExactString(key)) == nil else {
        throw WeightFormatError(
          .malformed, cursor.file.name, "key \(shown(key))", found: "it twice", expected: "every key once")
      }
    }
    return keys
  }

  private static func alignment(_ value: GGUFValue?, _ file: ModelFile) throws -> Int {
    guard let value else { return 32 }
    guard case .unsigned(let alignment) = value, alignment > 0, alignment & (alignment - 1) == 0, alignment < 1 << 40
    else {
      throw WeightFormatError(
        .malformed, file.name, "key \"general.alignment\"", found: value.kind, expected: "a power of two")
    }
    return Int(alignment)
  }

  /// Each tensor's place in the file. No two may share a byte.
  private static func placed(
    _ entries: [GGUFTensorEntry], data: Int, alignment: Int, _ file: ModelFile
  ) throws -> [StoredTensor] {
    var names: Set<ExactString> = []
    let tensors = try entries.map { entry in
      guard names.insert(ExactString(entry.name)).inserted else {
        throw WeightFormatError(
          .malformed, file.name, entry.part, found: "it twice", expected: "every tensor once")
      }
      return try entry.placed(data: data, alignment: alignment, file)
    }
    let ordered = tensors.enumerated().sorted {
      ($0.element.range.lowerBound, $0.offset) < ($1.element.range.lowerBound, $1.offset)
    }.map(\.element)
    for (first, second) in zip(ordered, ordered.dropFirst()) where second.range.lowerBound < first.range.upperBound {
      throw WeightFormatError(
        .contradictory, file.name, "tensor \(shown(second.name))", found: "bytes that tensor \(shown(first.name)) has",
        expected: "bytes of its own")
    }
    return tensors
  }

  func value(_ key: String) -> GGUFValue? { keys[ExactString(key)] }

  func text(_ range: Range<Int>) -> String? { String(validating: file.bytes[range], as: UTF8.self) }
}

/// One tensor as the list of tensors describes it.
private struct GGUFTensorEntry {
  let name: String
  /// Columns first, as the format has them.
  let extents: [Int]
  let type: StoredType
  let offset: UInt64
  let bytes: Int

  var part: String { "tensor \(shown(name))" }

  init(_ index: Int, _ cursor: inout GGUFCursor) throws {
    let file = cursor.file.name
    name = try cursor.name("name of tensor number \(index + 1)")
    let part = "tensor \(shown(name))"
    let axes = try cursor.integer(UInt32.self, part)
    guard (1...4).contains(axes) else {
      throw WeightFormatError(.malformed, file, part, found: "\(axes) axes", expected: "1 to 4")
    }
    var extents: [Int] = []
    var count = 1
    for _ in 0..<axes {
      let extent = try cursor.integer(UInt64.self, part)
      let (product, overflow) = count.multipliedReportingOverflow(by: Int(clamping: extent))
      guard extent > 0, extent <= UInt64(Int.max), !overflow, product <= Int.max / 4 else {
        throw WeightFormatError(
          .malformed, file, part, found: "an axis of \(extent)\(extents.isEmpty ? "" : " beside \(extents)")",
          expected: "at least 1, and a size that fits a file")
      }
      count = product
      extents.append(Int(extent))
    }
    type = try Self.type(of: cursor.integer(UInt32.self, part), part, file)
    guard extents[0] % type.blockValues == 0 else {
      throw WeightFormatError(
        .malformed, file, part, found: "rows of \(extents[0]) values",
        expected: "a multiple of \(type.blockValues), as \(type.rawValue) has blocks of that many")
    }
    offset = try cursor.integer(UInt64.self, part)
    self.extents = extents
    bytes = type.bytes(of: count)
  }

  private static func type(of number: UInt32, _ part: String, _ file: String) throws -> StoredType {
    let known = StoredType.allCases.map(\.rawValue).joined(separator: " ")
    guard let name = GGUF.typeNames[number] else {
      throw WeightFormatError(.malformed, file, part, found: "type number \(number)", expected: "one of \(known)")
    }
    guard let type = StoredType(rawValue: name) else {
      throw WeightFormatError(
        .unsupported, file, part, found: "type \(name)", expected: "one of \(known)",
        hint: "quantize the model to one of these types, Q8_0 for instance")
    }
    return type
  }

  func placed(data: Int, alignment: Int, _ file: ModelFile) throws -> StoredTensor {
    guard offset % UInt64(alignment) == 0 else {
      throw WeightFormatError(
        .malformed, file.name, part, found: "offset \(offset)", expected: "a multiple of the alignment, \(alignment)")
    }
    let size = max(0, file.bytes.count - data)
    guard offset <= UInt64(size), bytes <= size - Int(offset) else {
      throw WeightFormatError(
        .cutOff, file.name, part, found: "\(bytes) bytes at \(offset)",
        expected: "a place in the \(size) bytes of data")
    }
    let start = data + Int(offset)
    return StoredTensor(
      name: name, typeName: type.rawValue, shape: extents.reversed(), file: file, range: start..<start + bytes)
  }
}

extension GGUF {
  /// The names of ggml's types by their numbers in the file. Numbers 4, 5, 31 to 33 and 36 to 38 were removed.
  fileprivate static let typeNames: [UInt32: String] = [
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 9: "Q8_1", 10: "Q2_K", 11: "Q3_K",
    12: "Q4_K", 13: "Q5_K", 14: "Q6_K", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S",
    20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64",
    29: "IQ1_M", 30: "BF16", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4",
  ]
}
