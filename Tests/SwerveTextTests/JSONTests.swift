import SwerveTestSupport
import SwerveText
import Testing

@Suite struct JSONTests {
  @Test func readsBackWhatItWroteInTheSameOrder() throws {
    let value: JSONValue = [
      "z": 1, "a": ["x", nil, true, false, [], [:]], "text": "quote \" slash \\ newline \n tab \t bell \u{7} é 🦀",
      "float": .float(0.1), "nan": .float(.nan), "inf": .double(-.infinity), "none": .float(nil),
    ]
    #expect(try JSONParser.parse(value.compact()) == value)
    #expect(try JSONParser.parse(value.pretty()) == value)
    #expect(value.members?.map(\.key) == ["z", "a", "text", "float", "nan", "inf", "none"])
    #expect(value["nan"] == "nan" && value["inf"] == "-inf" && value["none"] == nil as JSONValue)
  }

  @Test func writesACompactAndAPrettyForm() {
    let value: JSONValue = ["a": 1, "b": ["x", 2], "c": [:], "d": [["e": "\u{1}"]]]
    #expect(value.compact() == #"{"a":1,"b":["x",2],"c":{},"d":[{"e":"\u0001"}]}"#)
    #expect(
      value.pretty() == """
        {
          "a": 1,
          "b": ["x", 2],
          "c": {},
          "d": [
            {
              "e": "\\u0001"
            }
          ]
        }

        """)
  }

  @Test func keepsTheTextOfNumbers() throws {
    for text in [
      "0", "-0", "1", "1.0", "1e5", "1E+05", "123456789012345678901234567890", "0.10", "18446744073709551615",
    ] {
      #expect(try JSONParser.parse(text).compact() == text)
    }
    #expect(try JSONParser.parse("18446744073709551615").unsigned == .max)
    #expect(try JSONParser.parse("1.5").integer == nil)
    #expect(try JSONParser.parse("1e60").float == nil, "beyond Float's range")
    #expect(JSONValue.double(20) == .number(JSONNumber(20.0 as Double)!) && JSONValue.double(20).compact() == "20.0")
    #expect(JSONValue.integer(20).compact() == "20")
  }

  /// Keys and texts are their bytes: canonically equivalent ones are two, however many keys there are.
  @Test(arguments: [0, 12])
  func rejectsAKeyTwiceAndKeepsEquivalentKeysApart(others: Int) throws {
    let rest = (0..<others).map { "\"k\($0)\":0," }.joined()
    let value = try JSONParser.parse("{\(rest)\"\u{e5}\":1,\"a\u{30a}\":2,\"\u{2126}\":3,\"\u{3a9}\":4}")
    #expect(value["\u{e5}"]?.integer == 1 && value["a\u{30a}"]?.integer == 2)
    #expect(value["\u{2126}"]?.integer == 3 && value["\u{3a9}"]?.integer == 4)
    #expect(throws: JSONError.self) { try JSONParser.parse("{\(rest)\"\u{e5}\":1,\"\\u00e5\":2}") }
    #expect(JSONValue.string("\u{e5}") != .string("a\u{30a}"))
    #expect(JSONValue.object([JSONMember("\u{e5}", 1)]) != .object([JSONMember("a\u{30a}", 1)]))
  }

  @Test func namesAByteOrderMark() {
    #expect(
      throws: JSONError(
        message: "a byte order mark is in front: save the text as UTF-8 without one", line: 1, column: 1)
    ) {
      try JSONParser.parse("\u{feff}{}")
    }
  }

  @Test func readsEscapes() throws {
    #expect(try JSONParser.parse(#""\u0041\ud83e\udd80\/\b\f\n\r\t\"\\""#) == "A🦀/\u{8}\u{c}\n\r\t\"\\")
  }

  @Test(arguments: [
    "", " ", "{", "[", "[1", "[1,", "[1,]", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,}", "{a:1}", "{'a':1}", "tru",
    "nul", "True", "NaN", "Infinity", "+1", "01", "1.", ".5", "1e", "1e+", "-", "--1", "0x1", "\"", "\"\\", "\"\\x\"",
    "\"\\u12\"", "\"\\u12g4\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\n\"", "1 2", "{} x", "[1 2]",
    "{\"a\":1 \"b\":2}", "{\"a\":1,\"a\":2}", "// c\n1", "[1]]", "\u{feff}1",
  ])
  func rejectsMalformedText(_ text: String) {
    #expect(throws: JSONError.self) { try JSONParser.parse(text) }
  }

  @Test func rejectsBytesThatAreNotUTF8() {
    for bytes: [UInt8] in [[0x22, 0xff, 0x22], [0x22, 0xc0, 0x80, 0x22], [0x22, 0xed, 0xa0, 0x80, 0x22], [0xe2]] {
      #expect(throws: JSONError.self) { try JSONParser.parse(bytes) }
    }
  }

  @Test func namesLineAndColumnOfAnError() {
    #expect(throws: JSONError(message: "a value should be here", line: 3, column: 8)) {
      try JSONParser.parse("{\n  \"a\": 1,\n  \"b\": ?\n}")
    }
    #expect(throws: JSONError(message: "the key \"a\" is here twice", line: 1, column: 8)) {
      try JSONParser.parse(#"{"a":1,"a":2}"#)
    }
  }

  @Test func rejectsAKeyTwiceInALargeObject() throws {
    let members = (0..<20).map { "\"k\($0)\":\($0)" }
    #expect(try JSONParser.parse("{" + members.joined(separator: ",") + "}").members?.count == 20)
    #expect(throws: JSONError.self) {
      try JSONParser.parse("{" + (members + ["\"k3\":1"]).joined(separator: ",") + "}")
    }
  }

  @Test func limitsTheDepth() throws {
    let limit = JSONParser.depthLimit
    let deepest = String(repeating: "[", count: limit) + String(repeating: "]", count: limit)
    #expect(try JSONParser.parse(deepest).elements?.count == 1)
    #expect(throws: JSONError.self) { try JSONParser.parse("[" + deepest + "]") }
    #expect(throws: JSONError.self) { try JSONParser.parse(String(repeating: "[", count: 1_000_000)) }
  }

  @Test func rejectsEveryCutOfAValidText() throws {
    let text = Array(#"{"a":[1.5e3,"x\u00e9",true],"b":{"c":null}}"#.utf8)
    for end in 0..<text.count {
      #expect(throws: JSONError.self) { try JSONParser.parse(Array(text[..<end])) }
    }
    #expect(throws: Never.self) { try JSONParser.parse(text) }
  }

  @Test func parsesRandomBytesWithoutACrash() {
    var random = SplitMix64(seed: 11)
    let alphabet = Array("{}[]\",:0123456789.eE+-truefalsn\\u \n".utf8) + [0, 0xff, 0xc3, 0xa9]
    for _ in 0..<5000 {
      let bytes = (0..<random.next(below: 24)).map { _ in alphabet[random.next(below: alphabet.count)] }
      if let value = try? JSONParser.parse(bytes) {
        #expect((try? JSONParser.parse(value.compact())) == value, "seed 11, \(bytes)")
      }
    }
  }
}

@Suite struct ExactTextTests {
  @Test func readsRandomBitPatternsBackFromTextAndJSON() throws {
    let seed: UInt64 = 20_260_102
    print("ExactTextTests: seed \(seed)")
    var random = SplitMix64(seed: seed)
    for _ in 0..<100_000 {
      let value = Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
      let text = ExactText.text(value)
      let json = JSONValue.float(value).compact()
      let read = try JSONParser.parse(json).float
      let isSame = ExactText.same(ExactText.value(text), value) && ExactText.same(read, value)
      // An #expect for each number would take most of the time.
      if !isSame { Issue.record("seed \(seed): \(ExactText.bits(value)) as \(text) and \(json)") }
    }
  }

  @Test func readsEdgeValuesBack() {
    let edges: [Float] = [
      0, -0.0, .leastNonzeroMagnitude, .leastNormalMagnitude, .greatestFiniteMagnitude, 1, Float(1).nextUp, 16_777_216,
      1e-5,
      .infinity, -.infinity, .nan,
    ]
    for value in edges { #expect(ExactText.same(ExactText.value(ExactText.text(value)), value)) }
    #expect(ExactText.text(0.1) == "0.1" && ExactText.text(-0.0) == "-0.0" && ExactText.text(-.infinity) == "-inf")
  }

  @Test func rejectsTextThatIsNoNumber() {
    for text in ["", "x", "NaN", "Inf", "1e39", "0x1p3x", " 1"] { #expect(ExactText.value(text) == nil, "\(text)") }
  }

  @Test func writesBitsWithEightDigits() {
    #expect(ExactText.bits(0) == "0x00000000" && ExactText.bits(1) == "0x3f800000")
  }

  @Test func measuresDistancesByTheStatedRules() {
    #expect(ExactText.ulps(1, Float(1).nextUp) == 1)
    #expect(ExactText.ulps(1, 1) == 0)
    #expect(ExactText.ulps(0, -0.0) == 1)
    #expect(ExactText.ulps(-.leastNonzeroMagnitude, .leastNonzeroMagnitude) == 3)
    #expect(ExactText.ulps(.greatestFiniteMagnitude, .infinity) == 1)
    #expect(ExactText.ulps(.nan, 1) == nil && ExactText.ulps(1, .nan) == nil)
    #expect(ExactText.ulps(.nan, -.nan) == 0)
    #expect(ExactText.ulps(-.infinity, .infinity) == 2 * 0x7f80_0000 + 1)
  }

  @Test func treatsNumbersAsTheSameByTheirBits() {
    #expect(!ExactText.same(0, -0.0))
    #expect(ExactText.same(.nan, -.nan))
    #expect(ExactText.same(nil, nil) && !ExactText.same(nil, 0))
  }
}
