import SwerveText
import Testing

@Suite struct ExactStringTests {
  /// Texts that Swift's String calls equal, of different bytes.
  static let equivalent = [
    ("\u{e5}", "a\u{30a}"), ("\u{212b}", "\u{e5}".uppercased()), ("\u{2126}", "\u{3a9}"), ("\u{212a}", "K"),
    ("\u{37e}", ";"), ("\u{1fef}", "`"),
    ("\u{d55c}", "\u{1112}\u{1161}\u{11ab}"), ("q\u{323}\u{307}", "q\u{307}\u{323}"),
  ]

  @Test(arguments: equivalent)
  func tellsCanonicallyEquivalentTextsApart(_ a: String, _ b: String) {
    #expect(a == b, "the sample must be one that String calls equal")
    #expect(!a.isExactly(b))
    #expect(ExactString(a) != ExactString(b))
    #expect(Set([ExactString(a), ExactString(b), ExactString(a)]).count == 2)
    #expect([a].containsExactly(a) && ![a].containsExactly(b))
    #expect([b, a].firstIndex(ofExactly: a) == 1)
    #expect(![a].areExactly([b]) && ![a].areExactly([a, a]) && [a, b].areExactly([a, b]))
    #expect(!("x" + a).endsExactly(with: b) && !(a + "x").beginsExactly(with: b))
    #expect(a.isExactlyBefore(b) != b.isExactlyBefore(a), "the order tells them apart")
  }

  @Test func sortsTextsByTheirScalars() {
    let words = ["b", "a\u{30a}", "\u{e5}", "a", "", "Z", "\u{1f600}", "\u{ffff}", "ab"]
    #expect(words.sortedExactly().areExactly(["", "Z", "a", "ab", "a\u{30a}", "b", "\u{e5}", "\u{ffff}", "\u{1f600}"]))
  }

  @Test func findsPrefixesSuffixesAndSeparatorsBesideACombiningMark() {
    #expect("data/\u{301}x".beginsExactly(with: "data/"))
    #expect("x.lua\u{301}".endsExactly(with: "a\u{301}") && !"x.lua\u{301}".endsExactly(with: ".lua"))
    #expect(".lua".endsExactly(with: ".lua") && !"lua".endsExactly(with: ".lua"))
    #expect("data/\u{301}x".rest(after: "data/")?.isExactly("\u{301}x") == true && "da".rest(after: "data") == nil)
    #expect(
      "\u{e9}.lua".start(before: ".lua")?.isExactly("\u{e9}") == true && "x.lua\u{301}".start(before: ".lua") == nil)
    #expect("a/\u{301}b/c".pieces(at: "/").areExactly(["a", "\u{301}b", "c"]))
    #expect("one\r\ntwo\n\n".pieces(at: "\n", omittingEmpty: false).areExactly(["one\r", "two", "", ""]))
    #expect("key=a=b".pieces(at: "=", most: 2).areExactly(["key", "a=b"]))
    #expect("key".pieces(at: "=", most: 2).areExactly(["key"]))
  }

  @Test func findsAndReplacesPartsByTheirBytes() {
    #expect("a\"\u{301}b".replacingExactly("\"", with: "&quot;").isExactly("a&quot;\u{301}b"))
    #expect("aaa".replacingExactly("aa", with: "b").isExactly("ba") && "abc".replacingExactly("", with: "x") == "abc")
    #expect("x<\u{338}".containsExactly("<") && !"x".containsExactly("xy") && "x".containsExactly(""))
    #expect(!"e\u{301}".containsExactly("\u{e9}"))
    #expect("e\u{301}\r\n".leading(1) == "e" && "ab".leading(9) == "ab")
    #expect(" \t\r\n".isBlank && "".isBlank && !" \u{301}".isBlank)
  }

  @Test func comparesTextsThatMayBeMissing() {
    let (none, accent): (String?, String?) = (nil, "\u{e9}")
    #expect(accent === "\u{e9}" && accent !== "e\u{301}" && accent !== none && none === nil)
  }

  @Test func comparesExactPropertiesByTheirBytes() {
    struct File: Hashable {
      @ExactString var path: String
    }
    #expect(File(path: "caf\u{e9}") != File(path: "cafe\u{301}"))
    #expect(Set([File(path: "caf\u{e9}"), File(path: "cafe\u{301}"), File(path: "caf\u{e9}")]).count == 2)
  }

  @Test func showsControlsAsEscapes() {
    #expect("a\u{1B}[31mb\u{9B}c\u{7F}\n\td\u{301}é".visible == "a\\u{1B}[31mb\\u{009B}c\\u{7F}\n\td\u{301}é")
    #expect("plain".visible == "plain")
    #expect("a\n\"b\"\\\u{1}é".escaped == #"a\n\"b\"\\\u{01}é"#)
  }
}
