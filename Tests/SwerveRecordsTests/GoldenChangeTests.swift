import RunFixtures
import SwerveTestSupport
import SwerveText
import Testing

@testable import SwerveFiles
@testable import SwerveRecords

/// What of a script is not as it was when its golden was recorded.
@Suite struct GoldenChangeTests {
  private typealias File = GoldenOrigin.File

  private static let lua = File(path: "parts/rule.lua", sha256: "1a", content: "c1")
  private static let text = File(path: "data/caf\u{E9}.txt", sha256: "2a")
  private static let model = File(path: "models/a.safetensors", sha256: "3a", content: "c3")
  private static let library = File(path: "lua/swerve/rules.lua", sha256: "4a")
  private static let all = [library, lua, text, model]

  private func header(
    _ options: JSONValue = ["alpha": 20, "kl": .double(0.2)], script: String = "s", code: String? = "k",
    files: [GoldenOrigin.File] = all
  ) -> GoldenHeader {
    var run = FakeRun()
    run.options = options
    run.script = script
    return GoldenHeader(
      script: "quick.lua", inputs: run.inputs, origin: code.map { GoldenOrigin(code: $0, set: [], files: files) },
      reason: "r", date: "d")
  }

  private func changes(_ now: GoldenHeader) -> [GoldenChange] { GoldenChange.all(header(), now) }

  @Test func findsNoChangeInTheSameHeader() { #expect(changes(header()).isEmpty) }

  @Test func namesAnOptionWithBothValues() {
    let change = changes(header(["alpha": 20, "kl": .double(0.5)]))
    #expect(change.map(\.text) == ["the golden pins kl = 0.2, the script now says 0.5"])
    #expect(change.allSatisfy { $0.isDecisive })
    // Another type is another value: 20 // 3 and 20.0 // 3 print differently.
    #expect(
      changes(header(["alpha": .double(20), "kl": .double(0.2)])).map(\.text) == [
        "the golden pins alpha = 20, the script now says 20.0"
      ])
    #expect(
      changes(header(["alpha": 20, "beta": .string("x")])).map(\.text) == [
        "the golden pins kl = 0.2, the script now has no such option",
        "the golden knows no option beta, the script now says \"x\"",
      ])
  }

  @Test func comparesValuesByTheirBytes() {
    let (a, b) = (header(["name": "caf\u{E9}"]), header(["name": "cafe\u{301}"]))
    #expect(GoldenChange.all(a, b).count == 1)
  }

  @Test func treatsCodeAsDecisiveAndACommentAsNot() {
    let comment = changes(header(script: "other"))
    #expect(comment.map(\.editedText) == ["quick.lua"] && !comment[0].isDecisive)
    let code = changes(header(script: "other", code: "k2"))
    #expect(
      code.count == 1 && code[0].isDecisive && code[0].text.hasPrefix("quick.lua was edited since the golden was"))
    let module = File(path: "parts/rule.lua", sha256: "1b", content: "c1")
    #expect(changes(header(files: [Self.library, module, Self.text, Self.model])).map(\.isDecisive) == [false])
    let rule = File(path: "parts/rule.lua", sha256: "1b", content: "c9")
    #expect(changes(header(files: [Self.library, rule, Self.text, Self.model])).map(\.isDecisive) == [true])
  }

  @Test func namesATextAndIgnoresAModelWrittenAgain() {
    let text = File(path: "data/caf\u{E9}.txt", sha256: "2b")
    let model = File(path: "models/a.safetensors", sha256: "3b", content: "c3")
    let found = changes(header(files: [Self.library, Self.lua, text, model]))
    #expect(found == [.file("data/caf\u{E9}.txt", then: "2a", now: "2b")] && found[0].isDecisive)
    let other = File(path: "models/a.safetensors", sha256: "3b", content: "c4")
    #expect(changes(header(files: [Self.library, Self.lua, Self.text, other])).map(\.isDecisive) == [true])
  }

  @Test func matchesFilesByName() {
    #expect(changes(header(files: Self.all.reversed())).isEmpty)
    // Another file whose name only looks the same.
    let twin = File(path: "data/cafe\u{301}.txt", sha256: "2a")
    let found = changes(header(files: [Self.library, Self.lua, Self.model, twin]))
    #expect(
      found.map(\.text) == [
        "the golden was recorded with data/caf\u{E9}.txt, which the script now does not read",
        "the script now reads data/cafe\u{301}.txt, which the golden does not list",
      ])
  }

  /// It belongs to swerve, whose refactorings leave all bits; where they don't, it is named.
  @Test func namesTheLibraryAndTreatsItAsNotDecisive() {
    let library = File(path: "lua/swerve/rules.lua", sha256: "4b")
    let found = changes(header(files: [library, Self.lua, Self.text, Self.model]))
    #expect(found.map(\.isSilent) == [true] && found[0].text.hasPrefix("lua/swerve/rules.lua, of swerve's own library"))
  }

  @Test func readsOptionsAndScriptOfAGoldenOfAnEarlierSwerve() {
    let old = header(code: nil)
    #expect(GoldenChange.all(old, header()).isEmpty)
    let found = GoldenChange.all(old, header(["alpha": 20, "kl": 1], script: "other", code: "k2"))
    #expect(found.map(\.isDecisive) == [true, false])
  }

  @Test func readsTheHeaderBackAsItWasWritten() throws {
    let temporary = try TemporaryFolder()
    let origin = GoldenOrigin(code: "k", set: ["kl"], files: Self.all)
    let made = GoldenHeader(script: "quick.lua", inputs: FakeRun().inputs, origin: origin, reason: "r", date: "d")
    let store = GoldenStore(folder: temporary.path, isCI: false)
    _ = try store.bless("quick", GoldenFile(header: made, recorded: try FakeRun().collect()))
    #expect(try store.read("quick").header == made)
    let text = try temporary.text("quick.jsonl")
    #expect(
      text.contains(
        "\"code_sha256\":\"k\",\"set\":[\"kl\"],\"files\":[{\"path\":\"lua/swerve/rules.lua\",\"sha256\":\"4a\"},"))
    // All of it, or nothing.
    try POSIXFile.writeAtomically(text.replacing("\"set\":[\"kl\"],", with: ""), to: store.path("quick"))
    #expect(runError { _ = try store.read("quick") }?.description.contains("field \"set\": found nothing") == true)
  }
}

/// Lua's lexemes, whatever stands between them.
@Suite struct LuaCodeTests {
  private func code(_ text: String) -> String { LuaCode.digest(Array(text.utf8)) }

  @Test(arguments: [
    ("local x = 1", "local   x=1 -- a comment"), ("f(a, b)", "f ( a,b )\r\n"),
    ("x = a - b", "x = a --[[ in\n between ]] - b"),
    ("return 1", "--[==[ long ]] ]==] return 1"), ("return 1", "#!/usr/bin/env swerve\nreturn 1"),
    ("return 1", "\u{FEFF}-- caf\u{E9}\nreturn 1"), ("x = [[a]]", "x=[[a]]--"), ("a = 1e-5 + 2", "a=1e-5+2"),
    ("x = -1", "x = - 1"), ("", "-- nothing\n  --[[ and nothing"), ("a.b.c()", "a . b . c ( )"), ("a\rb", "a -- x\rb"),
    ("a\r\nb", "a --x\r\n--y\rb"),
    ("x = 'a\\z\n  b' y", "x = 'a\\z\n  b' --c\ny"),
  ])
  func ignoresSpacesAndComments(_ a: String, _ b: String) { #expect(code(a) == code(b)) }

  @Test(arguments: [
    ("x = 1", "x = 2"), ("x = 'a  b'", "x = 'a b'"), ("x = '--a'", "x = '--b'"), ("x = [[ a ]]", "x = [[a]]"),
    ("x = [==[ ]] -- a ]==]", "x = [==[ ]] -- b ]==]"), ("local x", "localx"), ("x = a .. b", "x = a . . b"),
    ("x = a // b", "x = a / / b"), ("x = 'it\\'s -- a'", "x = 'it\\'s -- b'"), ("x = a == b", "x = a = = b"),
    ("x = 3 .. 4", "x = 3. .4"), ("x = 'a\\\n--b'", "x = 'a\\\n--c'"), ("x = 0x1p-3", "x = 0x1p -3"),
    ("-- a\nx", "-- a x"),
    ("x = \"'\" --'a'", "x = \"'\" + 'a'"), ("x = 'a\\z\n -- b'", "x = 'a\\z\n -- c'"),
    ("x = 'a\\\r\n--b'", "x = 'a\\\r\n--c'"), ("-- x\ry = 1", "-- x\ry = 2"), ("x = 'a\\\r--b'", "x = 'a\\\r--c'"),
  ])
  func countsEverythingElseAsCode(_ a: String, _ b: String) { #expect(code(a) != code(b)) }

  /// What is cut off anywhere ends the reading, whatever was open.
  @Test func digestsEveryCutOfAText() {
    let text = Array("local s = 'a\\'b' --[==[ c ]==] x = [=[ y ]=] .. 0x1p-3 .. 1e+5 -- d\n#\"\\".utf8)
    var seen: Set<String> = []
    for length in 0...text.count { seen.insert(LuaCode.digest(Array(text[..<length]))) }
    #expect(seen.count > 30)
  }
}
