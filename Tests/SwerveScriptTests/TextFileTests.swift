import LuaRuntime
import Testing

@testable import SwerveScript

/// swerve.text: text files that are inputs of a run.
@Suite struct TextFileTests {
  private func load(_ text: String, output: @escaping (String) -> Void = { _ in }) throws -> ScriptedExperiment {
    let sources = TestSources(texts: [("data/poem.txt", "Shall I\ncompare äöü\n")])
    return try ScriptedExperiment.load(
      ScriptFile(path: "examples/test.lua", text: head + text), seed: 1, library: sources, output: output)
  }

  private let stage = "swerve.pretrain { model = { layers = 1, heads = 1, width = 8, context = 512 }, task = task, "

  @Test func readsATextAsItIsAndRecordsItOnce() throws {
    var printed = ""
    let experiment = try load(
      """
      local text = swerve.text "data/poem.txt"
      print(#text, text == swerve.text "data/poem.txt", text:sub(1, 5))
      return \(stage) steps = 1, lr = 0.01 }
      """
    ) { printed += $0 }
    #expect(printed == "23\ttrue\tShall\n")
    #expect(experiment.filesRead.filter { $0.path.hasSuffix(".txt") }.map(\.path) == ["examples/data/poem.txt"])
  }

  @Test(arguments: [
    ("/etc/passwd.txt", "got \"/etc/passwd.txt\": it is absolute"),
    ("../poem.txt", "'..' may lead out of the script's folder"),
    ("data/../poem.txt", "'..' may lead out of the script's folder"),
    ("./poem.txt", "'.' and empty names do not belong there"), ("data//poem.txt", "'.' and empty names"),
    ("", "it is empty"), ("data/poem.lua", "names end in .txt, got \"data/poem.lua\""),
    ("data/none.txt", "there is no file \"data/none.txt\" below the script's folder"),
  ])
  func rejectsAPathThatIsNoText(_ path: String, _ message: String) {
    let error = failure { _ = try load("return swerve.text \"\(path)\"") }
    #expect(error?.message.contains(message) ?? false, "\(String(describing: error))")
    #expect(error?.place == ScriptPlace(file: "examples/test.lua", line: 2))
  }

  @Test func rejectsReadingATextInAHook() throws {
    let experiment = try load("return \(stage) steps = 1, lr = function() return #swerve.text 'data/poem.txt' end }")
    let error = failure {
      _ = try withExtendedLifetime(experiment) { try experiment.pretrainPlan?.learningRate.value(1, []) }
    }
    #expect(error?.message.contains("swerve.text was called by a hook") ?? false, "\(String(describing: error))")
  }
}
