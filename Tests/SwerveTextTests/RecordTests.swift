import SwerveTestSupport
import Testing

@testable import SwerveText

/// Rows of CSV, and the fast check of JSON lines.
@Suite struct RecordTests {
  // MARK: CSV

  private func rows(_ text: String) throws -> [[String]] {
    try Array(text.utf8).withUnsafeBytes { bytes in
      var row = CSVRow()
      var rows: [[String]] = []
      var position = 0
      while position < bytes.count {
        try row.read(bytes, at: position)
        rows.append(row.fields(bytes))
        position = row.end
      }
      return rows
    }
  }

  @Test(arguments: [
    ("a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]]), ("a,b\n1,2", [["a", "b"], ["1", "2"]]),
    ("\"a\",\"b,c\"", [["a", "b,c"]]), ("\"say \"\"hi\"\"\",\"\"\"\"", [["say \"hi\"", "\""]]),
    ("\"two\nlines\",\"and\r\nmore\"\nx,y", [["two\nlines", "and\r\nmore"], ["x", "y"]]),
    (",\n,,", [["", ""], ["", "", ""]]), ("\"\",\"\"\r\n", [["", ""]]), (" a , b ", [[" a ", " b "]]),
    ("é,\"中\n文\"", [["é", "中\n文"]]), ("\n\na", [[""], [""], ["a"]]), ("\"a\"\"\"", [["a\""]]),
  ])
  func readsRowsOfRFC4180(text: String, expected: [[String]]) throws {
    #expect(try rows(text) == expected)
  }

  @Test(arguments: [
    ("a,b\"c", 3, "a quote must not stand in a field without quotes"),
    ("\"a\"b,c", 3, "after the quote that ends a field"), ("a,\"b\nc", 2, "never closed"),
    ("a\rb", 1, "a carriage return without a line feed"), ("\"a\"\rb", 3, "after the quote that ends a field"),
  ])
  func rejectsOtherRowsWithTheirPlace(text: String, offset: Int, message: String) throws {
    let error = #expect(throws: CSVRow.Failure.self) { try rows(text) }
    #expect(error?.offset == offset && error?.message.contains(message) ?? false, "\(String(describing: error))")
  }

  @Test func rejectsBytesThatAreNoUTF8() {
    let error = #expect(throws: CSVRow.Failure.self) {
      try ([0x61, 0x2c, 0xff, 0x0a] as [UInt8]).withUnsafeBytes { bytes in
        var row = CSVRow()
        try row.read(bytes, at: 0)
      }
    }
    #expect(error == CSVRow.Failure(message: "field 2 is not valid UTF-8", offset: 2))
  }

  /// What any writer of RFC 4180 makes of random fields is read as these fields.
  @Test func readsWhatAWriterMakesOfAnyFields() throws {
    let seed = UInt64(41)
    var random = TestRandom(seed, "csv")
    let pieces = ["a", ",", "\"", "\n", "\r\n", "é", " ", "中", "", "x"]
    for round in 0..<300 {
      let table = (0..<random.within(1...4)).map { _ in
        (0..<3).map { _ in (0..<random.within(0...4)).map { _ in pieces[random.within(0...9)] }.joined() }
      }
      let end = random.within(0...1) == 0 ? "\n" : "\r\n"
      let text = table.map { row in
        row.map { field in
          field.contains(where: { ",\"".contains($0) || $0.isNewline }) || random.within(0...1) == 0
            ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
        }.joined(separator: ",")
      }.joined(separator: end)
      #expect(
        try rows(text).map { $0.map { Array($0.utf8) } } == table.map { $0.map { Array($0.utf8) } },
        "seed \(seed), \(round)")
    }
  }

  // MARK: JSON lines

  private func accepts(_ text: [UInt8], deepest: Int = 32) -> Bool {
    var check = PlainObjectCheck(deepest: deepest)
    return text.withUnsafeBytes { check.accepts($0) }
  }

  @Test(arguments: [
    "{}", " {\"a\": 1, \"b\": [1, 2.5, -0.25], \"c\": {\"a\": null}, \"d\": true, \"e\": \"x\\n\\\"é中\"} \r",
    "{\"a\":{},\"b\":[],\"c\":[[],{}],\"d\":false,\"e\":0,\"f\":-0.5}",
  ])
  func acceptsPlainObjects(text: String) { #expect(accepts(Array(text.utf8)), "\(text)") }

  @Test(arguments: [
    "", "[]", "1", "{", "{}}", "{} {}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "{\"a\":1,\"a\":2}", "{\"a\":01}",
    "{\"a\":1.}", "{\"a\":.5}", "{\"a\":1e999}", "{\"a\":-}", "{\"a\":\"\u{1}\"}", "{\"a\":[1,null]}", "{\"a\":tru}",
    "{'a':1}", "{\"a\":\"\\x\"}", "{\"a\":[1 2]}", "{\"a\":1 \"b\":2}", "{\"a\":NaN}", "\u{feff}{}",
  ])
  func doesNotAcceptWhatIsNone(text: String) { #expect(!accepts(Array(text.utf8)), "\(text)") }

  @Test func doesNotAcceptWhatIsTooDeepOrNoUTF8() {
    #expect(accepts(Array("{\"a\":[[1]]}".utf8), deepest: 4) && !accepts(Array("{\"a\":[[1]]}".utf8), deepest: 3))
    #expect(!accepts(Array("{\"a\":\"".utf8) + [0xff] + Array("\"}".utf8)))
    #expect(!accepts(Array("{\"a\":\"".utf8) + [0xc3] + Array("\"}".utf8)))
  }

  /// Damaged lines: what the check accepts, the parser reads as an object.
  @Test func acceptsOnlyWhatTheParserReads() {
    let seed = UInt64(42)
    var random = TestRandom(seed, "json")
    let whole = Array("{\"text\": \"2 + 3 =\\n é\", \"n\": [1, 2.5, {\"a\": null}], \"ok\": true, \"x\": -12.0}".utf8)
    let bytes: [UInt8] = Array("{}[]\",:\\0123456789.eE-+ntrufalse \t\r".utf8) + [0xc3, 0xa9, 0xff, 0x00, 0x1f]
    var accepted = 0
    for _ in 0..<20_000 {
      var text = whole
      for _ in 0..<random.within(0...2) {
        let place = random.within(0...text.count - 1)
        switch random.within(0...2) {
        case 0: text[place] = bytes[random.within(0...bytes.count - 1)]
        case 1: text.remove(at: place)
        default: text.insert(bytes[random.within(0...bytes.count - 1)], at: place)
        }
      }
      guard accepts(text) else { continue }
      accepted += 1
      let value = try? JSONParser.parse(text)
      #expect(value?.members != nil, "seed \(seed): \(String(decoding: text, as: UTF8.self))")
    }
    #expect(accepted > 1000)
  }
}
