import Testing

@testable import SwerveModel

/// Files that lie or break off: each is refused with a message, none traps.
@Suite struct SafetensorsMalformedTests {
  private func refusal(_ bytes: [UInt8]) -> String? {
    do { _ = try Safetensors(bytes) } catch { return "\(error)" }
    return nil
  }

  private func refusal(header: String, data: Int = 0) -> String? {
    refusal(safetensorsFile(header, data: [UInt8](repeating: 0, count: data)))
  }

  private static let good =
    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[],"data_offsets":[8,12]}}"#

  @Test func rejectsEveryTruncation() {
    let whole = safetensorsFile(Self.good, data: [UInt8](repeating: 0, count: 12))
    #expect(refusal(whole) == nil)
    for length in 0..<whole.count { #expect(refusal(Array(whole[..<length])) != nil, "\(length) bytes") }
    #expect(refusal(whole + [0])?.contains("size of the data") == true)
  }

  @Test func survivesAnyWrongByteOfTheHeader() {
    let whole = safetensorsFile(Self.good, data: [UInt8](repeating: 0, count: 12))
    for place in 0..<(whole.count - 12) {
      for value: UInt8 in [0, 0x20, 0x22, 0x2C, 0x39, 0x5B, 0x5C, 0x7B, 0x7D, 0x80, 0xFF] {
        var broken = whole
        broken[place] = value
        _ = refusal(broken)
      }
    }
  }

  @Test(arguments: [UInt64.max, 1 << 63, 100_000_001, 1 << 40, 30])
  func rejectsAnImpossibleHeaderLength(length: UInt64) {
    #expect(refusal(safetensorsFile("{}", length: length))?.contains("header length: found \(length)") == true)
  }

  @Test func rejectsAHeaderThatDoesNotStartWithABrace() {
    #expect(refusal(safetensorsFile(""))?.contains("start of the header") == true)
    #expect(refusal(header: " {}")?.contains("start of the header") == true)
  }

  @Test func rejectsOverlapsAndHoles() {
    func two(_ a: (Int, Int), _ b: (Int, Int)) -> String {
      #"{"a":{"dtype":"U8","shape":[\#(a.1 - a.0)],"data_offsets":[\#(a.0),\#(a.1)]},"#
        + #""b":{"dtype":"U8","shape":[\#(b.1 - b.0)],"data_offsets":[\#(b.0),\#(b.1)]}}"#
    }
    #expect(refusal(header: two((0, 4), (4, 8)), data: 8) == nil)
    #expect(refusal(header: two((4, 8), (0, 4)), data: 8) == nil, "any order in the header")
    #expect(refusal(header: two((0, 4), (4, 4)), data: 4) == nil, "an empty tensor takes no place")
    #expect(refusal(header: two((0, 5), (4, 8)), data: 8)?.contains("tensor \"b\": overlap") == true)
    #expect(refusal(header: two((0, 8), (2, 4)), data: 8)?.contains("tensor \"b\": overlap") == true)
    #expect(refusal(header: two((0, 3), (4, 8)), data: 8)?.contains("tensor \"b\": hole") == true)
    #expect(refusal(header: two((0, 4), (4, 9)), data: 8)?.contains("tensor \"b\": data_offsets") == true)
  }

  @Test func rejectsSizesThatOverflow() {
    func one(_ shape: String, _ offsets: String) -> String {
      #"{"w":{"dtype":"F32","shape":\#(shape),"data_offsets":\#(offsets)}}"#
    }
    #expect(refusal(header: one("[9223372036854775807]", "[0,8]"), data: 8)?.contains("shape") == true)
    #expect(refusal(header: one("[4294967296,4294967296,4]", "[0,0]"))?.contains("shape") == true)
    #expect(refusal(header: one("[99999999999999999999]", "[0,8]"), data: 8)?.contains("too large") == true)
    #expect(refusal(header: one("[2]", "[0,9223372036854775807]"), data: 8)?.contains("data_offsets") == true)
    #expect(refusal(header: one("[2]", "[8,0]"), data: 8)?.contains("data_offsets") == true)
    #expect(refusal(header: one("[3]", "[0,8]"), data: 8)?.contains("expected 12 for F32 [3]") == true)
    #expect(refusal(header: one("[2]", "[0,8,8]"), data: 8)?.contains("3 numbers") == true)
  }

  @Test func rejectsUnknownTypesAndMembers() {
    let type = refusal(header: #"{"w":{"dtype":"F31","shape":[],"data_offsets":[0,4]}}"#, data: 4)
    #expect(type?.contains(#"tensor "w": dtype: found "F31", expected one of BOOL"#) == true)
    #expect(
      refusal(header: #"{"w":{"dtype":"F32","shape":[],"data_offsets":[0,4],"x":1}}"#, data: 4)?
        .contains("unknown member") == true)
    #expect(refusal(header: #"{"w":{"dtype":"F32","shape":[]}}"#)?.contains("no data_offsets") == true)
  }

  @Test func showsOfLongTextsTheirStart() {
    let long = String(repeating: "9", count: 100_000)
    let numbers = #""dtype":"F32","shape":[],"data_offsets":[0,4]"#
    for header in [
      #"{"w":{\#(numbers),"\#(long)":1}}"#, #"{"\#(long)":{\#(numbers),"x":1}}"#, #"{"\#(long)":1}"#,
      #"{"w":{"dtype":"\#(long)","shape":[],"data_offsets":[0,4]}}"#, #"{"__metadata__":{"\#(long)":1}}"#,
      #"{"w":{"dtype":"F32","shape":[\#(long)],"data_offsets":[0,4]}}"#,
      #"{"w":{"dtype":"F32","shape":[x\#(long)],"data_offsets":[0,4]}}"#,
      #"{"w":{"dtype":"F32","shape":[],"data_offsets":[0,\#(long)]}}"#,
    ] {
      do {
        _ = try Safetensors(safetensorsFile(header, data: [0, 0, 0, 0]))
        Issue.record("\(header.prefix(60)) is accepted")
      } catch {
        let message = (error as? SafetensorsError)?.message ?? ""
        #expect((1...3000).contains(message.utf8.count), "\(header.prefix(60))")
      }
    }
  }

  @Test func rejectsANameTwice() {
    let entry = #"{"dtype":"F32","shape":[0],"data_offsets":[0,0]}"#
    #expect(refusal(header: #"{"w":\#(entry),"w":\#(entry)}"#)?.contains("twice") == true)
    #expect(refusal(header: #"{"w":\#(entry),"\u0077":\#(entry)}"#)?.contains("twice") == true, "escaped")
    #expect(refusal(header: #"{"__metadata__":{},"__metadata__":{}}"#)?.contains("twice") == true)
    #expect(refusal(header: #"{"__metadata__":{"k":"1","k":"2"}}"#)?.contains("twice") == true)
    #expect(refusal(header: #"{"w":{"dtype":"F32","dtype":"F32"}}"#)?.contains("twice") == true)
    #expect(refusal(header: #"{"\u00e9":\#(entry),"e\u0301":\#(entry)}"#) == nil, "names are bytes, not glyphs")
  }

  @Test(arguments: [
    "{", "{\"", "{\"a", "{\"a\"", "{\"a\":", "{}}", "{} x", "{},", "{,}", "{\"__metadata__\":{\"a\":\"b\",}}",
    "{\"__metadata__\":{\"a\":1}}", "{\"__metadata__\":[]}", "{\"__metadata__\":{\"a\":{\"b\":\"c\"}}}", "{\"a\":null}",
    "{\"a\":\"b\"}", "{'a':{}}", "{\"a\\x\":{}}", "{\"\\ud800\":{}}", "{\"\\ud800\\u0041\":{}}", "{\"\\u12\":{}}",
    "{\"a\nb\":{}}", "{\"w\":{\"shape\":[01]}}", "{\"w\":{\"shape\":[-1]}}", "{\"w\":{\"shape\":[1.0]}}",
    "{\"w\":{\"shape\":[1e2]}}", "{\"w\":{\"shape\":[1,]}}", "{\"w\":{\"shape\":[[1]]}}", "{}\n",
  ])
  func rejectsBadJSON(header: String) { #expect(refusal(header: header) != nil) }

  @Test func rejectsBytesThatAreNotUTF8() {
    let bytes = safetensorsFile("{\"__metadata__\":{\"a\":\"b\"}}")
    var broken = bytes
    broken[bytes.count - 4] = 0xFF
    #expect(refusal(bytes) == nil)
    #expect(refusal(broken)?.contains("UTF-8") == true)
  }

  @Test func rejectsDeepNestingWithoutExhaustingTheStack() {
    let deep = "{\"w\":" + String(repeating: "[", count: 1_000_000)
    #expect(refusal(header: deep) != nil)
  }
}
