/// Says fast of most lines of a data file that they are JSON objects as scripts can have them, so that the strict parser
/// need not make values of a gigabyte only to find no mistake in it. It never says so of a line that the parser refuses;
/// of lines with rare things in them, it says nothing.
package struct PlainObjectCheck {
  /// What a script may have at most.
  private let deepest: Int
  private static let mostKeys = 64
  /// Digits of a number that is certainly finite.
  private static let mostDigits = 300
  /// The keys of the objects that are open, the innermost last.
  private var keys: [Range<Int>] = []

  /// - Parameter deepest: the most values inside each other.
  package init(deepest: Int) { self.deepest = deepest }

  /// - Parameter bytes: one line, or more.
  /// - Returns: true: it is an object, without null in a list. false: that is not known.
  package mutating func accepts(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var hasOther = false
    for byte in bytes where byte >= 0x80 {
      hasOther = true
      break
    }
    if hasOther, String(validating: bytes, as: UTF8.self) == nil { return false }
    keys.removeAll(keepingCapacity: true)
    var position = 0
    skipSpace(bytes, &position)
    guard position < bytes.count, bytes[position] == UInt8(ascii: "{"), object(bytes, &position, depth: 1) else {
      return false
    }
    skipSpace(bytes, &position)
    return position == bytes.count
  }

  private mutating func value(_ bytes: UnsafeRawBufferPointer, _ position: inout Int, depth: Int) -> Bool {
    guard depth <= deepest, position < bytes.count else { return false }
    switch bytes[position] {
    case UInt8(ascii: "\""): return string(bytes, &position, isKey: false)
    case UInt8(ascii: "{"): return object(bytes, &position, depth: depth)
    case UInt8(ascii: "["): return array(bytes, &position, depth: depth)
    case UInt8(ascii: "t"): return word("true", bytes, &position)
    case UInt8(ascii: "f"): return word("false", bytes, &position)
    case UInt8(ascii: "n"): return word("null", bytes, &position)
    default: return number(bytes, &position)
    }
  }

  private mutating func object(_ bytes: UnsafeRawBufferPointer, _ position: inout Int, depth: Int) -> Bool {
    let first = keys.count
    position += 1
    skipSpace(bytes, &position)
    if take(UInt8(ascii: "}"), bytes, &position) { return true }
    repeat {
      skipSpace(bytes, &position)
      guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { return false }
      let start = position
      guard string(bytes, &position, isKey: true), addKey(start..<position, from: first, bytes) else { return false }
      skipSpace(bytes, &position)
      guard take(UInt8(ascii: ":"), bytes, &position) else { return false }
      skipSpace(bytes, &position)
      guard value(bytes, &position, depth: depth + 1) else { return false }
      skipSpace(bytes, &position)
    } while take(UInt8(ascii: ","), bytes, &position)
    keys.removeLast(keys.count - first)
    return take(UInt8(ascii: "}"), bytes, &position)
  }

  /// False for a key that is there twice, and for too many to compare.
  private mutating func addKey(_ key: Range<Int>, from first: Int, _ bytes: UnsafeRawBufferPointer) -> Bool {
    guard keys.count - first < Self.mostKeys else { return false }
    let new = UnsafeRawBufferPointer(rebasing: bytes[key])
    for other in keys[first...] where other.count == key.count {
      if UnsafeRawBufferPointer(rebasing: bytes[other]).elementsEqual(new) { return false }
    }
    keys.append(key)
    return true
  }

  private mutating func array(_ bytes: UnsafeRawBufferPointer, _ position: inout Int, depth: Int) -> Bool {
    position += 1
    skipSpace(bytes, &position)
    if take(UInt8(ascii: "]"), bytes, &position) { return true }
    repeat {
      skipSpace(bytes, &position)
      guard position < bytes.count, bytes[position] != UInt8(ascii: "n"),
        value(bytes, &position, depth: depth + 1)
      else { return false }
      skipSpace(bytes, &position)
    } while take(UInt8(ascii: ","), bytes, &position)
    return take(UInt8(ascii: "]"), bytes, &position)
  }

  /// - Parameter isKey: keys with escapes are not compared here.
  private func string(_ bytes: UnsafeRawBufferPointer, _ position: inout Int, isKey: Bool) -> Bool {
    position += 1
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        position += 1
        return true
      case UInt8(ascii: "\\"):
        guard !isKey, position + 1 < bytes.count else { return false }
        switch bytes[position + 1] {
        case UInt8(ascii: "n"), UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "t"),
          UInt8(ascii: "r"), UInt8(ascii: "b"), UInt8(ascii: "f"):
          position += 2
        default: return false
        }
      case 0..<0x20: return false
      default: position += 1
      }
    }
    return false
  }

  private func number(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) -> Bool {
    _ = take(UInt8(ascii: "-"), bytes, &position)
    let start = position
    let hasZero = take(UInt8(ascii: "0"), bytes, &position)
    let whole = digits(bytes, &position)
    guard hasZero ? whole == 0 : whole > 0 else { return false }
    if take(UInt8(ascii: "."), bytes, &position), digits(bytes, &position) == 0 { return false }
    // An exponent may make it infinite.
    if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") { return false }
    return position - start < Self.mostDigits
  }

  private func digits(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) -> Int {
    let start = position
    while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) { position += 1 }
    return position - start
  }

  private func word(_ word: StaticString, _ bytes: UnsafeRawBufferPointer, _ position: inout Int) -> Bool {
    let count = word.utf8CodeUnitCount
    guard bytes.count - position >= count else { return false }
    for offset in 0..<count where bytes[position + offset] != word.utf8Start[offset] { return false }
    position += count
    return true
  }

  private func take(_ byte: UInt8, _ bytes: UnsafeRawBufferPointer, _ position: inout Int) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  private func skipSpace(_ bytes: UnsafeRawBufferPointer, _ position: inout Int) {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0a, 0x0d: position += 1
      default: return
      }
    }
  }
}
