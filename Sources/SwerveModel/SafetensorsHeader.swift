import SwerveText

/// One tensor as the header describes it, before any of it is checked against the file.
struct SafetensorsHeaderEntry {
  var name: String
  var dtype: String
  var shape: [Int]
  var begin: Int
  var end: Int
}

/// The JSON header of a safetensors file: an object of objects in the order of the file. One of them, the metadata,
/// maps strings to strings.
struct SafetensorsHeader {
  private(set) var metadata: [(key: String, value: String)] = []
  private(set) var entries: [SafetensorsHeaderEntry] = []

  /// - Throws: `SafetensorsError` for anything that isn't a header in strict JSON, with the position where it was
  ///   found.
  init(json: UnsafeRawBufferPointer) throws {
    // Only spaces may follow the object: the format's padding.
    guard let end = json.lastIndex(where: { $0 != 0x20 }), json[end] == UInt8(ascii: "}") else {
      throw SafetensorsError("end of the header", found: "no object that ends there", expected: "} and spaces")
    }
    for member in try Self.members(Self.parsed(json), of: "header") {
      if member.key === "__metadata__" {
        metadata = try Self.metadata(member.value)
      } else {
        entries.append(try Self.entry(member.key, member.value))
      }
    }
  }

  private static func parsed(_ json: UnsafeRawBufferPointer) throws -> JSONValue {
    do {
      return try JSONParser.parse(json.assumingMemoryBound(to: UInt8.self))
    } catch {
      let place = error.line == 1 ? "byte \(error.column - 1)" : "line \(error.line), byte \(error.column - 1)"
      throw SafetensorsError("\(place) of the header", found: "no JSON (\(error.message))", expected: "JSON")
    }
  }

  private static func members(_ value: JSONValue, of what: String) throws -> [JSONMember] {
    guard let members = value.members else {
      throw SafetensorsError(what, found: value.kind, expected: "an object")
    }
    return members
  }

  private static func metadata(_ value: JSONValue) throws -> [(key: String, value: String)] {
    try members(value, of: "__metadata__").map { member in
      guard let text = member.value.string else {
        throw SafetensorsError("__metadata__/" + member.key, found: member.value.kind, expected: "a string")
      }
      return (member.key, text)
    }
  }

  private static func entry(_ name: String, _ value: JSONValue) throws -> SafetensorsHeaderEntry {
    var dtype: String?
    var shape: [Int]?
    var offsets: [Int]?
    for member in try members(value, of: "entry \(name.debugDescription)") {
      switch member.key {
      case "dtype": dtype = try self.dtype(name, member.value)
      case "shape": shape = try wholeNumbers(name, member)
      case "data_offsets": offsets = try wholeNumbers(name, member)
      default:
        throw SafetensorsError(
          tensor: name, "unknown member", found: member.key.debugDescription,
          expected: "dtype, shape and data_offsets")
      }
    }
    guard let dtype, let shape, let offsets else {
      let missing = dtype == nil ? "dtype" : shape == nil ? "shape" : "data_offsets"
      throw SafetensorsError(
        tensor: name, "incomplete entry", found: "no \(missing)", expected: "dtype, shape and data_offsets")
    }
    guard offsets.count == 2 else {
      throw SafetensorsError(
        tensor: name, "data_offsets", kind: .cutOff, found: "\(offsets.count) numbers",
        expected: "2 numbers, begin and end")
    }
    return SafetensorsHeaderEntry(name: name, dtype: dtype, shape: shape, begin: offsets[0], end: offsets[1])
  }

  private static func dtype(_ name: String, _ value: JSONValue) throws -> String {
    guard let text = value.string else {
      throw SafetensorsError(tensor: name, "dtype", found: value.kind, expected: "a string")
    }
    return text
  }

  private static func wholeNumbers(_ name: String, _ member: JSONMember) throws -> [Int] {
    guard let elements = member.value.elements else {
      throw SafetensorsError(tensor: name, member.key, found: member.value.kind, expected: "a list of whole numbers")
    }
    return try elements.map { element in
      guard case .number(let number) = element else {
        throw SafetensorsError(tensor: name, member.key, found: element.kind, expected: "a whole number")
      }
      guard number.text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
        throw SafetensorsError(tensor: name, member.key, found: number.text, expected: "a whole number of digits alone")
      }
      guard let value = Int(number.text) else {
        throw SafetensorsError(
          tensor: name, member.key, found: "\(number.text), which is too large", expected: "at most \(Int.max)")
      }
      return value
    }
  }
}
