import Foundation
import SwerveTestSupport
import Testing

@Suite struct RuleTests {
  private static let example = ["rule", "examples/addition.lua", "--on", "examples/models/addition-3.safetensors"]

  private func rule(_ arguments: String...) throws -> Program.Outcome {
    try Program.run(Self.example + arguments, in: Fixtures.repository)
  }

  private func json(_ outcome: Program.Outcome) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
  }

  @Test func listsEveryTokenOfAnAnswer() throws {
    let outcome = try rule("--prompt", "12+34", "--greedy", "--json")
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    let view = try json(outcome)
    let tokens = try #require(view["tokens"] as? [[String: Any]])
    #expect(view["prompt"] as? String == "Input:\n12+34\nTarget:" && view["stage"] as? String == "prioritized")
    #expect(tokens.compactMap { $0["text"] as? String }.joined() == view["answer"] as? String)
    #expect((view["answer"] as? String)?.hasSuffix("</scratch>\n4 6\n") == true && view["reward"] as? Double == 1)
    #expect((view["rule"] as? [String: Double]) == ["alpha": 100])
    for token in tokens {
      let numbers = ["certainty", "weight", "policy", "reference"].compactMap { token[$0] as? Double }
      #expect(numbers.count == 4 && numbers.allSatisfy { (0...1).contains($0) })
      // Policy and reference are one model here.
      #expect(numbers[2] == numbers[3])
      #expect(abs(pow(numbers[0], 100) - numbers[1]) < 1e-4)
    }
  }

  @Test func evaluatesTheSchedulesOfTheRuleAtTheStep() throws {
    let first = try json(try rule("--prompt", "12+34", "--greedy", "--step", "1", "--json"))
    let tokens = try #require(first["tokens"] as? [[String: Any]])
    #expect(first["rule"] as? [String: Double] == ["alpha": 0])
    #expect(tokens.allSatisfy { $0["weight"] as? Double == 1 })
  }

  @Test func scoresAGivenAnswer() throws {
    let outcome = try rule("--prompt", #"Input:\n12+3456\nTarget:"#, "--answer", #"\n<scratch>\n[1,2] + [3,4,5,6]"#)
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("\nanswer     \"\\n<scratch>\\n[1,2] + [3,4,5,6]\"\n"))
    #expect(outcome.output.contains(#"26  ","    "#) && outcome.output.contains("critical\n"))
    #expect(!outcome.output.contains("\u{1B}"))
    #expect(outcome.output.split(separator: "\n").last?.hasPrefix("28  \"]\"") == true)
  }

  @Test func drawsTheShadedAnswerIntoAFile() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("tokens.svg").path
    let outcome = try rule("--prompt", "12+34", "--greedy", "--svg", path)
    #expect(outcome.status == 0 && outcome.errors == "drawn: \(path)\n", "\(outcome.errors)")
    let svg = try folder.text("tokens.svg")
    #expect(svg.hasPrefix("<svg ") && svg.hasSuffix("</svg>\n") && svg.contains("stage prioritized, step 10 of 10"))
    // The same on every machine.
    #expect(try rule("--prompt", "12+34", "--greedy", "--svg", path, "--threads", "1", "--json").errors.isEmpty)
    #expect(try folder.text("tokens.svg") == svg)
  }

  @Test func samplesAnAnswerFromTheSeed() throws {
    func answer(_ seed: String) throws -> String? {
      try json(try rule("--prompt", "9999+9999", "--seed", seed, "--json"))["answer"] as? String
    }
    let first = try answer("1")
    #expect(first == (try answer("1")) && first != nil)
    #expect(first != (try answer("2")))
  }

  @Test(arguments: [
    (["--prompt", "twelve"], "--prompt: a prompt of addition is a sum such as 12+34, "),
    (
      ["--prompt", "1+2", "--stage", "prioritised"],
      "the script has no stage of fine-tuning 'prioritised'; did you mean 'prioritized'?"
    ),
    (["--prompt", "1+2", "--step", "11"], "--step must be in 1...10, the updates of stage prioritized, got 11"),
    (["--prompt", "1+2", "--answer", "?"], "--prompt or --answer: character \"?\""),
    (["--prompt", "1+2", "--answer", "1", "--greedy"], "--greedy and --answer each say what the answer is"),
  ])
  func explainsWrongUsage(arguments: [String], message: String) throws {
    let outcome = try Program.run(Self.example + arguments, in: Fixtures.repository)
    #expect(outcome.status == 2)
    #expect(outcome.errors.hasPrefix("swerve: error: \(message)"))
    #expect(outcome.output.isEmpty)
  }

  @Test func namesAMissingCheckpoint() throws {
    let outcome = try Program.run(
      ["rule", "examples/addition.lua", "--on", "gone.safetensors", "--prompt", "1+2"], in: Fixtures.repository)
    #expect(outcome.status == 5)
    #expect(
      outcome.errors
        == "swerve: error: there is no checkpoint gone.safetensors\n  hint: check the path, or run the script that writes it\n"
    )
  }
}
