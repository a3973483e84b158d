import Foundation
import RunFixtures
import SwerveRL
import SwerveTestSupport
import SwerveText
import Testing

@testable import SwerveFiles
@testable import SwerveRecords
@testable import SwerveReports

/// What `swerve watch` answers.
@Suite struct WatchServiceTests {
  private static let host = "127.0.0.1:7420"

  private func service(_ path: String) throws -> WatchService { try WatchService(path, host: "127.0.0.1") }

  private func get(_ service: WatchService, _ target: String, host: String? = host) -> WatchResponse {
    service.answer(WatchRequest(method: "GET", target: target, host: host))
  }

  private func json(_ service: WatchService, _ target: String) throws -> JSONValue {
    let response = get(service, target)
    #expect(response.status == 200)
    #expect(response.headers.contains { $0.name == "Content-Type" && $0.value == "application/json" })
    return try JSONParser.parse(response.body)
  }

  /// Every run's row; each call looks at the folder again.
  private func rows(_ service: WatchService, open: String = "", since: String = "") throws -> [JSONValue] {
    // Looks are at least this far apart.
    usleep(320_000)
    return try #require(try json(service, "/runs?open=\(open)\(since)")["runs"]?.elements)
  }

  private func percent(_ text: String) -> String {
    text.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  // MARK: Who may ask, and for what

  @Test(arguments: [
    ("127.0.0.1:7420", true), ("localhost:7420", true), ("LocalHost", true), ("[::1]:7420", true),
    ("10.0.0.7:80", true),
    ("evil.example:7420", false), ("127.0.0.1.evil.example", false), ("localhost.evil.example:7420", false),
    ("", false), ("127.0.0.1:x", false), ("[::1", false), ("[evil]:1", false), ("256.1.1.1", false), ("1.2.3", false),
    ("user@127.0.0.1", false), ("127.0.0.1 evil", false),
  ])
  func answersOnlyToNamesThatNoStrangerCanGive(name: String, isAnswered: Bool) throws {
    let temporary = try TemporaryFolder()
    let response = get(try service(temporary.path), "/", host: name)
    #expect(response.status == (isAnswered ? 200 : 421))
  }

  @Test func answersNobodyWithoutAName() throws {
    let temporary = try TemporaryFolder()
    let service = try service(temporary.path)
    for target in ["/", "/runs", "/curves", "/samples"] { #expect(get(service, target, host: nil).status == 421) }
  }

  @Test func answersToTheHostThatTheUserNamed() throws {
    let temporary = try TemporaryFolder()
    let service = try WatchService(temporary.path, host: "Lab-7.example")
    #expect(get(service, "/", host: "lab-7.example:7420").status == 200)
    #expect(get(service, "/", host: "lab-8.example:7420").status == 421)
  }

  @Test func hasNoPagesButItsOwn() throws {
    let temporary = try TemporaryFolder()
    _ = try FakeRun().record(in: temporary.path)
    let service = try service(temporary.path)
    for target in [
      "/etc/passwd", "/../etc/passwd", "/%2e%2e/etc/passwd", "//runs", "/runs/", "/manifest.json", "/index.html", "",
      "*", "http://127.0.0.1/", "/runs/..",
    ] {
      #expect(get(service, target).status == 404, "\(target)")
    }
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "get"] {
      #expect(service.answer(WatchRequest(method: method, target: "/", host: Self.host)).status == 405)
    }
  }

  @Test func theBrowserRunsOnlyThePagesOwnScript() throws {
    let temporary = try TemporaryFolder()
    let response = get(try service(temporary.path), "/")
    let page = String(decoding: response.body, as: UTF8.self)
    let policy = try #require(response.headers.first { $0.name == "Content-Security-Policy" }?.value)
    for part in ["default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'", "trusted-types 'none'"] {
      #expect(policy.contains(part))
    }
    #expect(!policy.contains("unsafe"))
    // The digests of the policy are those of what is in the page.
    for (tag, directive) in [("script", "script-src"), ("style", "style-src")] {
      let parts = page.components(separatedBy: "<\(tag)>")
      #expect(parts.count == 2)
      let text = parts[1].components(separatedBy: "</\(tag)>")[0]
      let digits = Array(Digest.of(text))
      let bytes = stride(from: 0, to: 64, by: 2).compactMap { UInt8(String(digits[$0...($0 + 1)]), radix: 16) }
      #expect(policy.contains("\(directive) 'sha256-\(Data(bytes).base64EncodedString())'"))
      #expect(!text.contains("innerHTML") && !text.contains("/*STYLE"))
    }
    // Nothing comes from elsewhere.
    let links = page.matches(of: /(?:src|href)="([^"]*)"|url\(/).map { String($0.output.0) }
    #expect(links == ["href=\"data:,\""])
    for name in ["Cache-Control", "X-Content-Type-Options", "Cross-Origin-Resource-Policy", "Referrer-Policy"] {
      #expect(response.headers.contains { $0.name == name })
    }
  }

  // MARK: Runs

  @Test func listsRunsAndTheRunsOfAFolderInTheFolder() throws {
    let temporary = try TemporaryFolder()
    let single = try FakeRun().record(in: temporary.path)
    let member = try FakeRun(seed: 8).record(in: temporary.file("sweep"))
    try POSIXFile.makeFolders(temporary.file("empty"))
    try POSIXFile.makeFolders(temporary.file(".hidden/x"))
    let rows = try rows(try service(temporary.path))
    #expect(rows.map { $0["name"]?.string } == [Path.name(single), "sweep/\(Path.name(member))"])
    #expect(rows.allSatisfy { $0["state"]?.string == "complete" && $0["problem"] == JSONValue.null })
    #expect(rows[1]["seed"]?.string == "8")
    let stages = try #require(rows[0]["stages"]?.elements)
    #expect(stages.map { $0["steps"]?.integer } == [5, 20] && stages.map { $0["planned"]?.integer } == [5, 20])
    // A single run is watched, too.
    #expect(try self.rows(try service(single)).map { $0["name"]?.string } == [Path.name(single)])
  }

  @Test func tellsOnlyWhatIsNew() throws {
    let temporary = try TemporaryFolder()
    _ = try FakeRun().record(in: temporary.path)
    let service = try service(temporary.path)
    let first = try json(service, "/runs?open=")
    let session = try #require(first["session"]?.string)
    let since = "&session=\(session)&since=\(try #require(first["revision"]?.integer))"
    #expect(try rows(service, since: since) == [])
    let second = try FakeRun(seed: 9).record(in: temporary.path)
    #expect(try rows(service, since: since).map { $0["seed"]?.string } == ["9"])
    // To a page of another session, the numbers of runs mean nothing.
    #expect(try rows(service, since: "&session=1&since=99999").count == 2)
    try POSIXFile.remove(second)
    usleep(320_000)
    let after = try json(service, "/runs?open=\(since)")
    #expect(after["ids"]?.elements?.count == 1 && after["runs"]?.elements?.count == 0)
  }

  // MARK: Curves

  private func points(_ answer: JSONValue) throws -> (from: Int?, steps: [Int], values: [Float]) {
    let curve = try #require(answer["curves"]?.elements?.first)
    return (
      curve["from"]?.integer, (curve["steps"]?.elements ?? []).compactMap(\.integer),
      (curve["values"]?.elements ?? []).compactMap(\.float)
    )
  }

  @Test func givesThePointsThatAPageLacks() throws {
    let temporary = try TemporaryFolder()
    let path = try FakeRun().record(in: temporary.path)
    let service = try service(temporary.path)
    let row = try #require(try rows(service, open: "1").first)
    let generation = try #require(row["generation"]?.integer)
    let target = "/curves?stage=prioritized&metric=critical_step_k&runs="
    let recorded = try RunReader.read(path).recorded.steps.filter { $0.stage == "prioritized" }
    let expected = recorded.compactMap { line in
      line.metrics.first { $0.name == "critical_step_k" }?.value.map { (line.step, $0) }
    }
    let all = try points(try json(service, target + "1:0:0"))
    #expect(all.from == 0 && all.steps == expected.map(\.0) && all.values == expected.map(\.1))
    let rest = try points(try json(service, target + "1:\(generation):8"))
    #expect(rest.from == 8 && rest.steps == [17, 19])
    // Points of another generation, or more than there are, are not known.
    for known in ["1:\(generation + 1):8", "1:\(generation):999", "1:\(generation):-1"] {
      #expect(try points(try json(service, target + known)).from == 0)
    }
    let none = try points(try json(service, "/curves?stage=\(percent("a stage"))&metric=x&runs=1:0:0,77:0:0,x,1:2"))
    #expect(none.steps.isEmpty)
    #expect(get(service, "/curves?stage=a&metric=b").status == 400)
    #expect(get(service, "/curves?stage=%ff&metric=b&runs=1:0:0").status == 400)
    #expect(get(service, "/curves?stage=%zz&metric=b&runs=1:0:0").status == 400)
  }

  @Test func readsOnlyWhatWasAppended() throws {
    let temporary = try TemporaryFolder()
    let path = try FakeRun().record(in: temporary.path)
    let run = RunFolder(path: path)
    let bytes = try POSIXFile.read(run.metrics)
    let lines = bytes.split(separator: UInt8(ascii: "\n")).map { Array($0) + [UInt8(ascii: "\n")] }
    try POSIXFile.remove(run.result)
    try POSIXFile.remove(run.metrics)
    let folder = try SealedFolder(path)
    var file = GrowingFile("metrics.jsonl")
    #expect(try file.read(in: folder).lines.isEmpty)
    let writer = try AppendFile(run.metrics, continuingAt: nil)
    var read = 0
    for (number, line) in lines.enumerated() {
      // Half a line is no line yet.
      try writer.append(line[..<(line.count / 2)])
      #expect(try file.read(in: folder).lines.isEmpty)
      try writer.append(line[(line.count / 2)...])
      let reading = try file.read(in: folder)
      #expect(!reading.startsAgain && reading.lines.map(\.number) == [number + 1])
      #expect(reading.lines.first.map { $0.bytes + [UInt8(ascii: "\n")] } == line)
      #expect(reading.lines.first?.start == read)
      read += line.count
      // Nothing new costs nothing.
      let before = file.bytesRead
      #expect(try file.read(in: folder).lines.isEmpty && file.bytesRead == before)
    }
    // The first half of each line was read twice, and nothing else.
    #expect(file.bytesRead == lines.reduce(0) { $0 + $1.count + $1.count / 2 })
  }

  @Test func startsAgainWithAFileThatWasCutOrReplaced() throws {
    let temporary = try TemporaryFolder()
    let folder = try SealedFolder(temporary.path)
    let path = temporary.file("lines")
    var file = GrowingFile("lines", longestLine: 8, piece: 32)
    func lines() throws -> (startsAgain: Bool, texts: [String]) {
      let reading = try file.read(in: folder)
      return (reading.startsAgain, reading.lines.map { String(decoding: $0.bytes, as: UTF8.self) })
    }
    func write(_ text: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: path)) }
    try write("one\ntwo\n")
    #expect(try lines() == (false, ["one", "two"]))
    // In place, as a run that is resumed cuts its lines off.
    truncate(path, 4)
    #expect(try lines() == (true, ["one"]))
    try POSIXFile.writeAtomically("other\n", to: path)
    #expect(try lines() == (true, ["other"]))
    try POSIXFile.remove(path)
    #expect(try lines() == (true, []))
    #expect(try lines() == (false, []))
    // A line of more than eight bytes is left out, however many looks it takes.
    try write("a\n" + String(repeating: "x", count: 100))
    for expected in [["a"], [], [], []] { #expect(try lines().texts == expected) }
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data("\nb\n".utf8))
    #expect(try lines().texts == ["b"] && file.tooLong == 1)
  }

  @Test func followsARunThatIsWritten() throws {
    let temporary = try TemporaryFolder()
    let path = try FakeRun().record(in: temporary.path)
    let run = RunFolder(path: path)
    let lines = try POSIXFile.text(run.metrics).split(separator: "\n").map { String($0) + "\n" }
    try POSIXFile.remove(run.result)
    try POSIXFile.writeAtomically(lines[..<7].joined(), to: run.metrics)
    _ = try WriterMark.take(run)
    let service = try service(temporary.path)
    var row = try #require(try rows(service).first)
    #expect(row["state"]?.string == "running")
    #expect(row["points"]?.integer == 7)
    var stages = try #require(row["stages"]?.elements)
    #expect(stages.map { $0["steps"]?.integer } == [5, 2])
    #expect(stages[0]["left"] == JSONValue.null)
    let generation = try #require(row["generation"]?.integer)
    let handle = try #require(FileHandle(forWritingAtPath: run.metrics))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(lines[7..<20].joined().utf8))
    row = try #require(try rows(service).first)
    #expect(row["points"]?.integer == 20 && row["generation"]?.integer == generation)
    stages = try #require(row["stages"]?.elements)
    #expect(stages.map { $0["steps"]?.integer } == [5, 15])
    // The last seven steps, with other times in them, as a run that was resumed writes them.
    let again = lines[13..<20].map { $0.replacingOccurrences(of: "1234.5", with: "99.25") }
    try POSIXFile.writeAtomically((lines[..<13] + again).joined(), to: run.metrics)
    row = try #require(try rows(service).first)
    #expect(row["points"]?.integer == 20 && row["generation"]?.integer != generation)
    #expect(row["problem"] == JSONValue.null)
    // Nobody writes it any more.
    try POSIXFile.remove(path + "/.writer")
    #expect(try rows(service).first?["state"]?.string == "incomplete")
  }

  @Test func readsAgainWhereTheEndOfTheFileBecameTheMiddleOfALine() throws {
    let temporary = try TemporaryFolder()
    let path = try FakeRun().record(in: temporary.path)
    let run = RunFolder(path: path)
    let lines = try POSIXFile.text(run.metrics).split(separator: "\n").map { String($0) + "\n" }
    try POSIXFile.remove(run.result)
    // The same file, so that it can only be told by its content.
    func overwrite(_ text: String) throws {
      let handle = try #require(FileHandle(forWritingAtPath: run.metrics))
      try handle.write(contentsOf: Data(text.utf8))
    }
    truncate(run.metrics, lines[..<8].joined().utf8.count)
    let service = try service(temporary.path)
    #expect(try rows(service).first?["points"]?.integer == 8)
    try overwrite(
      lines[..<4].joined() + lines[4..<12].map { $0.replacingOccurrences(of: "1234.5", with: "7") }.joined())
    let row = try #require(try rows(service).first)
    #expect(row["points"]?.integer == 12 && row["problem"] == JSONValue.null)
  }

  // MARK: Samples

  @Test func givesTheSamplesOfAStepWithTheirShades() throws {
    let temporary = try TemporaryFolder()
    var fake = FakeRun()
    (fake.answer, fake.texts) = ("<b>2</b>\n", ["<b>2", "</b>\n"])
    _ = try fake.record(in: temporary.path)
    let service = try service(temporary.path)
    _ = try rows(service)
    let last = try json(service, "/samples?run=1&stage=prioritized")
    #expect(last["steps"]?.elements?.map(\.integer) == [5, 10, 15, 20] && last["step"]?.integer == 20)
    let sample = try #require(last["samples"]?.elements?.first)
    #expect(sample["answer"]?.string == "<b>2</b>\n")
    let views = try #require(sample["views"]?.elements)
    #expect(views.map { $0["name"]?.string } == ["weight", "policy", "reference"])
    let marks: JSONValue = [["<b>2", 10, "0.5"], ["</b>\n", 20, "1"]]
    #expect(views[0]["marks"] == marks)
    let earlier = try json(service, "/samples?run=1&stage=prioritized&step=5")
    #expect(earlier["step"]?.integer == 5 && earlier["samples"]?.elements?.count == 1)
    #expect(try json(service, "/samples?run=1&stage=prioritized&step=6")["samples"]?.elements?.count == 0)
    #expect(try json(service, "/samples?run=1&stage=none")["steps"]?.elements?.count == 0)
    #expect(get(service, "/samples?run=7&stage=prioritized").status == 404)
    #expect(get(service, "/samples?run=1").status == 400)
  }

  // MARK: Folders of strangers

  @Test func followsNoLinkOutOfTheFolder() throws {
    let temporary = try TemporaryFolder()
    let secret = try FakeRun().record(in: temporary.file("outside"))
    let inside = temporary.file("inside")
    try POSIXFile.makeFolders(inside)
    // A link to a run, and runs of which one file after the other is a link.
    symlink(secret, inside + "/linked")
    for name in ["manifest.json", "metrics.jsonl", "samples.jsonl", "result.json"] {
      let run = try FakeRun(seed: 5).record(in: inside + "/\(name)")
      try POSIXFile.remove(run + "/" + name)
      symlink(secret + "/" + name, run + "/" + name)
    }
    let service = try service(inside)
    let rows = try rows(service, open: "1,2,3,4")
    // Without a manifest, there is no run.
    #expect(rows.count == 3)
    #expect(!rows.contains { $0["seed"]?.string == "7" })
    for row in rows {
      let id = try #require(row["id"]?.integer)
      let name = try #require(row["name"]?.string)
      let answer = try json(service, "/curves?stage=prioritized&metric=loss&runs=\(id):0:0")
      #expect(try points(answer).steps.isEmpty == name.hasPrefix("metrics.jsonl/"), "\(name)")
      let samples = try json(service, "/samples?run=\(id)&stage=prioritized")["samples"]?.elements
      #expect(samples?.isEmpty == name.hasPrefix("samples.jsonl/"), "\(name)")
      if name.hasPrefix("result.json/") { #expect(row["state"]?.string == "incomplete") }
    }
  }

  @Test func showsARunThatCannotBeReadAsSuch() throws {
    let temporary = try TemporaryFolder()
    let texts = [
      "", "{", "[]", "null", "{\"swerve_run\":1}", String(repeating: "[", count: 100_000), "\u{0}\u{1}",
      "{\"swerve_run\": 99999999999999999999}",
    ]
    for (number, text) in texts.enumerated() {
      try POSIXFile.makeFolders(temporary.file("\(number)"))
      try POSIXFile.writeAtomically(text, to: temporary.file("\(number)/manifest.json"))
    }
    let good = try FakeRun().record(in: temporary.path)
    let rows = try rows(try service(temporary.path), open: "1,2,3,4,5,6,7,8,9")
    #expect(rows.count == texts.count + 1)
    for row in rows where row["name"]?.string != Path.name(good) {
      #expect(row["state"]?.string == "unreadable" && row["problem"]?.string?.isEmpty == false)
    }
    #expect(rows.contains { $0["state"]?.string == "complete" })
  }

  @Test func leavesOutLinesThatAreNoSteps() throws {
    let temporary = try TemporaryFolder()
    let path = try FakeRun().record(in: temporary.path)
    let run = RunFolder(path: path)
    var lines = try POSIXFile.text(run.metrics).split(separator: "\n").map { String($0) }
    lines.insert("{\"stage\":", at: 2)
    lines.insert(String(repeating: "x", count: 5 << 20), at: 5)
    lines.append("{\"stage\":\"a\",\"step\":99,\"metrics\":{}}")
    try POSIXFile.writeAtomically(lines.map { $0 + "\n" }.joined(), to: run.metrics)
    let row = try #require(try rows(try service(temporary.path), open: "1").first)
    #expect(row["points"]?.integer == 25)
    #expect(row["problem"]?.string?.contains("metrics.jsonl:3") == true, "\(row["problem"] ?? .null)")
  }

  @Test func givesNamesOfStrangersAsTextOnly() throws {
    let temporary = try TemporaryFolder()
    var fake = FakeRun()
    fake.options = ["<script>alert(1)</script>": "</script><img src=x onerror=alert(2)>"]
    fake.plan = [StageInfo(name: "<i>stage</i>", kind: "pretrain", steps: 2)]
    fake.change = { _, _, metric in metric.name == "loss" ? Metric("<u>\"loss\"", metric.value) : metric }
    _ = try fake.record(in: temporary.file("<b>bold<%2fb>"))
    let service = try service(temporary.path)
    let row = try #require(try rows(service, open: "1").first)
    #expect(row["options"]?.elements?.first?.elements?.first?.string == "<script>alert(1)</script>")
    let metric = percent("<u>\"loss\"")
    let answer = try json(service, "/curves?stage=\(percent("<i>stage</i>"))&metric=\(metric)&runs=1:0:0")
    #expect(try points(answer).steps == [1, 2])
    // The page itself holds nothing of a run.
    let page = String(decoding: get(service, "/").body, as: UTF8.self)
    #expect(!page.contains("bold") && !page.contains("alert"))
    #expect(String(decoding: get(service, "/<script>alert(3)</script>").body, as: UTF8.self).contains("alert") == false)
  }

  @Test func writesNothing() throws {
    let temporary = try TemporaryFolder()
    let path = try FakeRun().record(in: temporary.path)
    func content() throws -> [String] {
      try POSIXFile.list(path).map { name in
        let file = Path.join(path, name)
        return "\(name) \(POSIXFile.kind(file) == .file ? Digest.of(try POSIXFile.read(file)) : "")"
      } + POSIXFile.list(temporary.path)
    }
    let before = try content()
    let service = try service(temporary.path)
    _ = try rows(service, open: "1")
    _ = get(service, "/samples?run=1&stage=prioritized")
    #expect(try content() == before)
  }
}
