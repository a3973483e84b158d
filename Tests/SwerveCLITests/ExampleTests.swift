import Foundation
import SwerveTestSupport
import Testing

/// The examples that come with swerve, and what they use: texts and metrics of a script's own.
@Suite struct ExampleTests {
  /// Modules and data of other scripts.
  private static let parts = [
    "examples/algorithms/letters.lua", "examples/rules/words.lua", "examples/paper/addition.lua",
    "examples/paper/critical.lua", "examples/paper/study.lua",
  ]

  private static var scripts: [String] {
    let folder = Fixtures.repository.appendingPathComponent("examples")
    let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
    return names.filter { $0.hasSuffix(".lua") }.map { "examples/" + $0 }.filter { !parts.contains($0) }.sorted()
  }

  @Test func hasAGallery() { #expect(Self.scripts.count >= 12) }

  /// Those that start from a model of another tool, which is not part of the repository.
  private static let ofRealModels = scripts.filter { $0.hasPrefix("examples/smollm2/") }
  private static let hasModel = has("examples/smollm2/models/SmolLM2-135M-Instruct.Q4_1.gguf")
  private static let ofRealData = ["examples/hierarchy/probe.lua", "examples/hierarchy/wordnet.lua"]
  private static let hasData =
    has("examples/hierarchy/models/all-MiniLM-L6-v2/config.json")
    && has("examples/hierarchy/data/wordnet-500/test.jsonl") && has("examples/hierarchy/data/trec/test.jsonl")

  private static func has(_ file: String) -> Bool {
    FileManager.default.fileExists(atPath: Fixtures.repository.appendingPathComponent(file).path)
  }

  @Test(.enabled(if: hasModel, "the model is not here: `make model` fetches it"), arguments: ofRealModels)
  func checksExamplesOfRealModels(_ script: String) throws { try checks(script) }

  @Test(
    .enabled(if: hasData, "data or encoder are not here: `make wordnet trec model` fetches them"), arguments: ofRealData
  )
  func checksExamplesOfRealData(_ script: String) throws { try checks(script) }

  @Test(arguments: ExampleTests.scripts.filter { !(ofRealModels + ofRealData).contains($0) })
  func checks(_ script: String) throws {
    let outcome = try Program.run(["check", script], in: Fixtures.repository)
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test(arguments: ExampleTests.scripts)
  func saysWhatItShowsAndHowToRunIt(_ script: String) throws {
    let text = try String(contentsOf: Fixtures.repository.appendingPathComponent(script), encoding: .utf8)
    #expect(text.hasPrefix("-- "))
    #expect(text.contains("swerve run \(script)") || text.contains("swerve sweep \(script)"))
    #expect(text.contains("Look at:") || text.contains("swerve report"))
  }

  /// The lines of a script's head that start with swerve, as a shell splits them; two spaces end a command.
  private static func commands(_ script: String) throws -> [[String]] {
    let text = try String(contentsOf: Fixtures.repository.appendingPathComponent(script), encoding: .utf8)
    return text.split(separator: "\n").filter { $0.hasPrefix("--   swerve ") }.map { line in
      let command = line.dropFirst(5)
      let end = command.firstRange(of: "  ")?.lowerBound ?? command.endIndex
      return command[..<end].split(separator: " ").dropFirst().map { String($0).replacing("\"", with: "") }
    }
  }

  /// In an empty folder every command fails; those with wrong arguments do so before anything is looked for.
  @Test(arguments: ExampleTests.scripts)
  func showsOnlyCommandsThatTheProgramAccepts(_ script: String) throws {
    let empty = try TemporaryFolder()
    let commands = try Self.commands(script)
    #expect(!commands.isEmpty)
    for command in commands {
      let outcome = try Program.run(command, in: empty.url)
      #expect(outcome.status == 5, "swerve \(command.joined(separator: " ")): \(outcome.errors)")
    }
  }

  /// Each value of each grid by itself.
  @Test(arguments: ExampleTests.scripts)
  func showsOnlyGridValuesThatTheScriptAccepts(_ script: String) throws {
    for command in try Self.commands(script) {
      for (option, grid) in zip(command, command.dropFirst()) where option == "--grid" {
        let parts = grid.split(separator: "=")
        for value in parts[1].split(separator: ",") {
          let outcome = try Program.run(["check", script, "--set", "\(parts[0])=\(value)"], in: Fixtures.repository)
          #expect(outcome.status == 0, "\(outcome.errors)")
        }
      }
    }
  }

  private static let texts: [(String, String)] = [
    ("local o =", "local words = swerve.text 'data/words.txt'\nlocal o ="),
    ("updates = 2,", "updates = 2, log = function(t) return { words = #words, ['kl/top'] = t.kl_full:max() } end,"),
  ]

  @Test func recordsATextAsAnInputOfTheRun() throws {
    let project = try TestProject(Self.texts)
    try FileManager.default.createDirectory(at: project.folder.file("data"), withIntermediateDirectories: false)
    try project.write("data/words.txt", "twelve words")
    try project.record("a", "--threads", "1")
    #expect(try project.folder.text("a/script/data/words.txt") == "twelve words")
    #expect(try project.folder.text("a/manifest.json").contains("\"path\": \"data/words.txt\""))
    let metrics = try project.folder.text("a/metrics.jsonl")
    #expect(metrics.contains("\"log/kl/top\":") && metrics.contains("\"log/words\":12.0"))
    // The copy is what a replay reads.
    try project.write("data/words.txt", "a changed file")
    let replay = try project.run("replay", "a", "--threads", "3")
    #expect(replay.status == 0, "\(replay.errors)")
    try project.record("b")
    let diff = try project.run("diff", "a", "b")
    #expect(diff.status == 1)
    #expect(diff.output.contains("log/words: "), "\(diff.output)")
    try project.write("a/script/data/words.txt", "an edited copy")
    #expect(try project.run("replay", "a").errors.contains("data/words.txt"))
  }

  @Test func rejectsAFileThatIsTooLongOrNoText() throws {
    let project = try TestProject(Self.texts)
    try FileManager.default.createDirectory(at: project.folder.file("data"), withIntermediateDirectories: false)
    try project.write("data/words.txt", String(repeating: "a", count: 1 << 20 + 1))
    let long = try project.run("check", "tiny.lua")
    #expect(long.status == 3)
    #expect(long.errors.contains("it has 1048577 bytes, more than 1048576"), "\(long.errors)")
    try Data([0xff, 0xfe]).write(to: project.folder.file("data/words.txt"))
    let binary = try project.run("check", "tiny.lua")
    #expect(binary.status == 3)
    #expect(binary.errors.contains("it is not UTF-8 text"), "\(binary.errors)")
  }

  @Test func endsATaskThatNeverAnswersWithTheExitCodeOfLimits() throws {
    let project = try TestProject()
    try project.write(
      "endless.lua",
      """
      local swerve = require "swerve"
      return swerve.pretrain {
        model = { layers = 1, heads = 1, width = 8, context = 128 }, steps = 1, lr = 0.01,
        task = swerve.tasks.custom {
          alphabet = "ab\\n", reward = function() return 1 end,
          prompt = function() while true do end end, solution = function() return "b" end,
        },
      }
      """)
    let outcome = try project.run("run", "endless.lua")
    #expect(outcome.status == 4)
    #expect(outcome.errors.contains("endless.lua:6"), "\(outcome.errors)")
    #expect(outcome.errors.contains("hook 'prompt' of task 'custom'"))
    #expect(outcome.errors.contains("(stage 'pretrain', step 1, row 1)"))
  }
}
