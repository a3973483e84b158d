/// A row of CSV (RFC 4180): fields with commas between them. A field in quotes may hold commas, line ends, and quotes that
/// are written twice. A row ends with CR LF, with LF, or with the text.
package struct CSVRow {
  /// Where each field is, its quotes included.
  private(set) var places: [Range<Int>] = []
  /// Where the next row starts.
  package private(set) var end = 0

  package struct Failure: Error, Equatable, Sendable {
    package let message: String
    /// The byte of the text where it is.
    package let offset: Int
  }

  package init() {}

  package var count: Int { places.count }
  /// A row of nothing, not even spaces.
  package var isBlank: Bool { places.count == 1 && places[0].isEmpty }

  /// Finds the fields of the row that starts at a place, in UTF-8.
  /// - Parameter text: the whole text. Reading the same row again needs no other memory.
  package mutating func read(_ text: UnsafeRawBufferPointer, at start: Int) throws(Failure) {
    places.removeAll(keepingCapacity: true)
    var position = start
    var hasOther = false
    while true {
      let field = position
      if position < text.count, text[position] == Self.quote {
        position = try quoted(text, position, &hasOther)
      } else {
        position = try plain(text, position, &hasOther)
      }
      places.append(field..<position)
      guard position < text.count, text[position] == Self.comma else { break }
      position += 1
    }
    if hasOther { try checkCharacters(text, start..<position) }
    if position < text.count { position += text[position] == Self.carriageReturn ? 2 : 1 }
    end = position
  }

  private static let quote = UInt8(ascii: "\""), comma = UInt8(ascii: ","), lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  /// The end of a field without quotes.
  private func plain(_ text: UnsafeRawBufferPointer, _ start: Int, _ hasOther: inout Bool) throws(Failure) -> Int {
    var position = start
    while position < text.count {
      switch text[position] {
      case Self.comma, Self.lineFeed: return position
      case Self.carriageReturn:
        if position + 1 < text.count, text[position + 1] == Self.lineFeed { return position }
        throw Failure(
          message: "a carriage return without a line feed must stand in a field in quotes", offset: position)
      case Self.quote:
        throw Failure(
          message: "a quote must not stand in a field without quotes: put the field in quotes and write it twice",
          offset: position)
      case 0x80...: hasOther = true
      default: break
      }
      position += 1
    }
    return position
  }

  /// The end of a field in quotes, after the last one.
  private func quoted(_ text: UnsafeRawBufferPointer, _ start: Int, _ hasOther: inout Bool) throws(Failure) -> Int {
    var position = start + 1
    while position < text.count {
      let byte = text[position]
      if byte >= 0x80 { hasOther = true }
      position += 1
      if byte != Self.quote { continue }
      guard position < text.count else { return position }
      switch text[position] {
      case Self.quote: position += 1
      case Self.comma, Self.lineFeed: return position
      case Self.carriageReturn where position + 1 < text.count && text[position + 1] == Self.lineFeed: return position
      default:
        throw Failure(message: "after the quote that ends a field, a comma or a line end must follow", offset: position)
      }
    }
    throw Failure(message: "the quote that begins a field here is never closed", offset: start)
  }

  private func checkCharacters(_ text: UnsafeRawBufferPointer, _ range: Range<Int>) throws(Failure) {
    for place in places where String(validating: text[place], as: UTF8.self) == nil {
      throw Failure(
        message: "field \((places.firstIndex(of: place) ?? 0) + 1) is not valid UTF-8", offset: place.lowerBound)
    }
  }

  /// The texts of the fields, without their quotes.
  package func fields(_ text: UnsafeRawBufferPointer) -> [String] {
    places.map { place in
      guard let first = text[place].first, first == Self.quote else {
        return String(decoding: text[place], as: UTF8.self)
      }
      let inner = text[place.lowerBound + 1..<place.upperBound - 1]
      guard inner.contains(Self.quote) else { return String(decoding: inner, as: UTF8.self) }
      var bytes: [UInt8] = []
      var isSecond = false
      for byte in inner {
        isSecond = byte == Self.quote && !isSecond
        if !isSecond { bytes.append(byte) }
      }
      return String(decoding: bytes, as: UTF8.self)
    }
  }
}

extension UnsafeRawBufferPointer {
  /// The place of the next line feed; the end of the text where there is none.
  package func lineEnd(from start: Int) -> Int {
    var position = start
    while position < count, self[position] != UInt8(ascii: "\n") { position += 1 }
    return position
  }

  /// How many line feeds there are.
  package func lineFeeds(in range: Range<Int>) -> Int {
    var count = 0
    for position in range where self[position] == UInt8(ascii: "\n") { count += 1 }
    return count
  }

  /// The length of the byte order mark at the start: 3 or 0.
  package var byteOrderMark: Int { starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0 }
}
