import Foundation
import Testing

/// `swerve eval`: models answer the problems of a task, and are compared in pairs.
@Suite struct EvalTests {
  /// A recorded run whose evaluations sample at temperature 1.
  private func project() throws -> TestProject {
    let project = try TestProject([
      ("eval = { every = 2, sets = { comfort = 2, plus1 = 2 } },", Self.evaluation),
      ("digits = 2", "digits = 1"),
    ])
    try project.record("run")
    return project
  }

  private static let evaluation = "eval = { every = 2, greedy = false, sets = { comfort = 5, plus1 = 4 } },"

  private func json(_ outcome: Program.Outcome) throws -> [String: Any] {
    try #require(outcome.status == 0, "\(outcome.errors)")
    return try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
  }

  private func metrics(_ report: [String: Any], model: Int = 0) throws -> [String: Double] {
    let models = try #require(report["models"] as? [[String: Any]])
    var found: [String: Double] = [:]
    for set in try #require(models[model]["sets"] as? [[String: Any]]) {
      for rate in try #require(set["rates"] as? [[String: Any]]) {
        found[try #require(rate["metric"] as? String)] = rate["value"] as? Double
      }
      for (name, value) in try #require(set["metrics"] as? [String: Any]) { found[name] = value as? Double }
    }
    return found
  }

  @Test func givesTheNumbersOfARunsLastEvaluation() throws {
    let project = try project()
    let outcome = try project.run("eval", "run", "--task", "tiny.lua", "--temperature", "1", "--json")
    let found = try metrics(try json(outcome))
    let last = try #require(try project.folder.text("run/metrics.jsonl").split(separator: "\n").last)
    let step = try #require(try JSONSerialization.jsonObject(with: Data(last.utf8)) as? [String: Any])
    let recorded = try #require(step["metrics"] as? [String: Any])
    #expect(found.keys.contains("success/comfort") && found.keys.contains("length/plus1"))
    for (name, value) in found {
      let expected = try #require(recorded[name] as? Double, "\(name)")
      #expect(Float(value) == Float(expected), "\(name)")
    }
  }

  @Test func givesTheSameTextAtAnyNumberOfThreads() throws {
    let project = try project()
    func text(_ threads: String) throws -> String {
      let outcome = try project.run(
        "eval", "run/checkpoints/pretrain.safetensors", "run", "--task", "tiny.lua", "--sets", "comfort=7,plus1=3",
        "--temperature", "1", "--samples-per-problem", "4", "--k", "1,2", "--threads", threads)
      #expect(outcome.status == 0, "\(outcome.errors)")
      return outcome.output
    }
    let one = try text("1")
    #expect(try one == text("3"))
    #expect(one.contains("pass@2/plus1     3") && one.contains("DIFFERENCE") && one.contains("stage tuned of tiny.lua"))
  }

  @Test func asksEveryModelTheSameProblems() throws {
    let project = try project()
    try FileManager.default.copyItem(at: project.folder.file("run"), to: project.folder.file("copy"))
    let outcome = try project.run(
      "eval", "run", "copy", "--task", "tiny.lua", "--stage", "tuned", "--sets", "comfort=12", "--seed", "9", "--json")
    let report = try json(outcome)
    #expect(try metrics(report, model: 0) == metrics(report, model: 1))
    let comparison = try #require((report["comparisons"] as? [[String: Any]])?.first)
    #expect(comparison["difference"] as? Double == 0 && comparison["mcnemar_p"] as? Double == 1)
    #expect(comparison["better"] as? Int == 0 && comparison["worse"] as? Int == 0)
  }

  @Test(arguments: [
    (["--sets", "comfrt=5"], "unknown problem set 'comfrt' in --sets; did you mean 'comfort'?\n"),
    (["--stage", "tund"], "the script has no stage with a task 'tund'; did you mean 'tuned'?\n"),
    (
      ["--set", "comfort=5"],
      "  hint: the script declares alpha, digits; problem sets are given by --sets NAME=NUMBER\n"
    ),
    (["--sets", "plus14=5"], "a text of set plus14 may take "),
    (["--sets", "comfort"], "--sets needs NAME=NUMBER, separated by commas, with numbers in 1...1000000"),
    (["--sets", "comfort=5", "--sets", "comfort=6"], "--sets names comfort twice: give it once"),
    (["--samples-per-problem", "3"], "--samples-per-problem 3 needs --temperature: greedy answers"),
    (["--k", "2"], "--k needs whole numbers, separated by commas, from 1 to --samples-per-problem (1), got \"2\""),
    (["--temperature", "0"], "--temperature must be above 0 and at most 1000, got 0.0"),
    (["run"], "run is given twice"),
  ])
  func rejectsWhatDoesNotFit(arguments: [String], message: String) throws {
    let project = try project()
    let outcome = try Program.run(["eval", "run", "--task", "tiny.lua"] + arguments, in: project.folder.url)
    #expect(outcome.status == 2 && outcome.output.isEmpty, "\(outcome.all)")
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
  }

  @Test func rejectsAModelOfAnotherTask() throws {
    let project = try project()
    try project.write(
      "letters.lua",
      """
      local swerve = require "swerve"
      return swerve.pretrain {
        model = { layers = 1, heads = 1, width = 8, context = 20 }, steps = 1, batch = 1, lr = 1e-3,
        task = swerve.tasks.custom { alphabet = "ab>.", stop = ".", limit = 4, longest_prompt = 4,
          prompt = function(rng) return "a>" end, solution = function() return "b" end },
      }
      """)
    let outcome = try project.run("eval", "run", "--task", "letters.lua", "--sets", "training=2")
    #expect(outcome.status == 2 && outcome.errors.contains("run writes "), "\(outcome.all)")
    let none = try project.run("eval", "run", "--task", "letters.lua")
    #expect(none.errors.contains("has no option 'eval', so --sets must name problem sets"), "\(none.all)")
  }
}
