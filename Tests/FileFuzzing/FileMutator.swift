import SwerveRuns
import SwerveTestSupport
import SwerveText

/// Changes bytes as disks, editors and strangers do.
struct FileMutator {
  var random: TestRandom
  private static let numbers = [
    "0", "-1", "1", "9223372036854775807", "-9223372036854775808", "18446744073709551616", "1e308", "1e39", "-0",
    "99999999999999999999999999", "1099511627777", "16777216", "0.1", "1e-400", "null", "\"nan\"", "\"inf\"",
    "\"-inf\"", "true", "\"\"", "[]", "{}", "4294967296", "2147483648",
  ]
  private static let strings = [
    "..", "../../x", "/etc/passwd", "", ".", "a/b", "\\u0000", "\\ud83d", "complete", "failed", "blas", "tuned",
    "pretrain", "loss", "*", "é", "\\\"", "\u{200d}\u{301}", String(repeating: "x", count: 5000),
  ]

  /// One to four changes; mostly those that fit a text.
  mutating func mutate(_ bytes: [UInt8], others: [[UInt8]]) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<random.within(1...4) {
      if bytes.isEmpty { break }
      switch random.within(0...11) {
      case 0: flip(&bytes)
      case 1: bytes[place(bytes)] = UInt8(random.within(0...255))
      case 2: bytes.removeLast(random.within(1...bytes.count))
      case 3: bytes.removeSubrange(piece(bytes))
      case 4: duplicate(&bytes)
      case 5: splice(&bytes, others)
      case 6: bytes.insert(contentsOf: nesting(), at: place(bytes))
      case 7: swapLines(&bytes)
      case 8: replaceString(&bytes)
      default: replaceNumber(&bytes)
      }
    }
    return Array(bytes.prefix(4 << 20))
  }

  /// One to three changes of binary numbers: of lengths, counts, types and offsets, which are small in small files.
  mutating func mutateNumbers(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<random.within(1...3) {
      let size = [4, 8, 8][random.within(0...2)]
      guard bytes.count >= size else { break }
      func value(_ place: Int) -> UInt64 { (0..<size).reduce(0) { $0 | UInt64(bytes[place + $1]) << (8 * UInt64($1)) } }
      let start = random.within(0...bytes.count - size)
      let place = (start...bytes.count - size).first { (1..<1 << 24).contains(value($0)) } ?? start
      let new: UInt64 =
        switch random.within(0...3) {
        case 0: value(place) &+ 1
        case 1: value(place) &- 1
        case 2: value(place) << UInt64(random.within(1...40))
        default: Self.binaryNumbers[random.within(0...Self.binaryNumbers.count - 1)]
        }
      for i in 0..<size { bytes[place + i] = UInt8(truncatingIfNeeded: new >> (8 * UInt64(i))) }
    }
    return bytes
  }

  /// One to three values of a JSON file that are others now, or gone, or there twice. The file stays JSON, so that what
  /// its values mean is read.
  /// - Returns: nil for a file that is no JSON.
  mutating func mutateValues(_ bytes: [UInt8]) -> [UInt8]? {
    guard var value = try? JSONParser.parse(bytes) else { return nil }
    for _ in 0..<random.within(1...3) { value = changed(value) }
    return Array(value.compact().utf8)
  }

  /// A value with a change somewhere in it: the deeper, the more places there are.
  private mutating func changed(_ value: JSONValue) -> JSONValue {
    switch value {
    case .object(var members) where !members.isEmpty && random.within(0...7) > 0:
      let place = random.within(0...members.count - 1)
      switch random.within(0...9) {
      case 0: members.remove(at: place)
      case 1: members.append(members[place])
      case 2: members[place] = JSONMember(Self.keys[random.within(0...Self.keys.count - 1)], members[place].value)
      default: members[place] = JSONMember(members[place].key, changed(members[place].value))
      }
      return .object(members)
    case .array(var elements) where !elements.isEmpty && random.within(0...7) > 0:
      let place = random.within(0...elements.count - 1)
      switch random.within(0...9) {
      case 0: elements.remove(at: place)
      case 1: elements.append(elements[place])
      case 2: elements.swapAt(place, random.within(0...elements.count - 1))
      default: elements[place] = changed(elements[place])
      }
      return .array(elements)
    default:
      if let number = value.integer, random.within(0...1) == 0 {
        return .integer([number &+ 1, number &- 1, number &* 2, number &<< 20][random.within(0...3)])
      }
      let new = Self.numbers + Self.keys.map { "\"\($0)\"" }
      return (try? JSONParser.parse(Array(new[random.within(0...new.count - 1)].utf8))) ?? .null
    }
  }

  private static let keys = [
    "", "a", "<|endoftext|>", "##b", "a b", "\u{120}", "type", "id", "BPE", "WordPiece", "llama", "qwen2", "gpt2",
    "bert",
    "config.json", "../x.safetensors", "ByteLevel", "Sequence", "NFC", "silu", "gelu_new",
    "{% for m in messages %}{{ m }}{% endfor %}", String(repeating: "{{", count: 2000),
    String(repeating: "k", count: 70_000),
  ]

  private static let binaryNumbers: [UInt64] = [
    0, 1, 2, 7, 30, 31, 255, 1 << 16, 1 << 20, 1 << 24, 1 << 31, 1 << 32, 1 << 62, 1 << 63, .max, .max - 7, 0x7fff_ffff,
    0xffff_ffff, 0x7f80_0000, 0x7fc0_0000, 0x3f80_0000,
  ]

  private mutating func place(_ bytes: [UInt8]) -> Int { random.within(0...bytes.count - 1) }

  private mutating func piece(_ bytes: [UInt8]) -> Range<Int> {
    let start = place(bytes)
    return start..<min(bytes.count, start + random.within(1...random.within(1...200)))
  }

  private mutating func flip(_ bytes: inout [UInt8]) { bytes[place(bytes)] ^= UInt8(1 << random.within(0...7)) }

  private mutating func duplicate(_ bytes: inout [UInt8]) {
    let piece = Array(bytes[piece(bytes)])
    let count = random.within(0...9) == 0 ? random.within(1...2000) : 1
    bytes.insert(contentsOf: repeatElement(piece, count: count).joined(), at: place(bytes))
  }

  private mutating func splice(_ bytes: inout [UInt8], _ others: [[UInt8]]) {
    let other = others[random.within(0...others.count - 1)]
    if !other.isEmpty { bytes.replaceSubrange(piece(bytes), with: other[piece(other)]) }
  }

  private mutating func nesting() -> [UInt8] {
    let unit = ["[", "{\"a\":", "(", "[[", "\"", "\\"][random.within(0...5)]
    return Array(String(repeating: unit, count: random.within(1...random.within(1...20_000))).utf8)
  }

  private mutating func swapLines(_ bytes: inout [UInt8]) {
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(Array.init)
    let (a, b) = (random.within(0...lines.count - 1), random.within(0...lines.count - 1))
    if random.within(0...2) == 0 { lines.remove(at: a) } else { lines.swapAt(a, b) }
    bytes = Array(lines.joined(separator: [UInt8(ascii: "\n")]))
  }

  private mutating func replaceNumber(_ bytes: inout [UInt8]) {
    let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
    let start = place(bytes)
    guard let first = bytes[start...].firstIndex(where: isDigit) else { return }
    var end = first
    while end < bytes.count, isDigit(bytes[end]) || [0x2e, 0x65, 0x2d].contains(bytes[end]) { end += 1 }
    bytes.replaceSubrange(first..<end, with: Self.numbers[random.within(0...Self.numbers.count - 1)].utf8)
  }

  private mutating func replaceString(_ bytes: inout [UInt8]) {
    let quote = UInt8(ascii: "\"")
    guard let first = bytes[place(bytes)...].firstIndex(of: quote),
      let last = bytes[(first + 1)...].firstIndex(of: quote)
    else { return }
    bytes.replaceSubrange(first + 1..<last, with: Self.strings[random.within(0...Self.strings.count - 1)].utf8)
  }
}
