import Foundation
import FoundationXML
import SwerveTestSupport
import Testing

@Suite struct PlanTests {
  private static let annealed = (
    "alpha = o.alpha", "alpha = swerve.anneal.linear { from = 0, to = o.alpha, steps = 2 }"
  )

  @Test func showsStagesCostAndSchedules() throws {
    let project = try TestProject([Self.annealed])
    let outcome = try project.run("plan", "tiny.lua", "--svg", "plan.svg", environment: ["COLUMNS": "70"])
    #expect(outcome.status == 0)
    #expect(outcome.errors == "drawn: plan.svg\n")
    let lines = outcome.output.split(separator: "\n").map(String.init)
    #expect(lines[0].hasPrefix("STAGE     KIND      STEPS  TRAINED ON"))
    #expect(lines[1].hasPrefix("pretrain  pretrain  3 ") && lines[2].hasPrefix("tuned     finetune  2 "))
    #expect(lines[3].hasPrefix("total               5 "))
    #expect(outcome.output.contains("(an estimate, "))
    #expect(outcome.output.contains("tuned: kl.rule.alpha   first 0, last 20, min 0, max 20, steps 1 to 2\n20 | "))
    #expect(
      outcome.output.contains("constant in tuned: lr 0.0001, temperature 1.0, vf 0.1, entropy 0.001,\nkl.coef 5.0\n"))
    #expect(lines.dropFirst(4).allSatisfy { $0.count <= 70 })
    let svg = try project.folder.text("plan.svg")
    #expect(svg.contains("tuned: kl.rule.alpha</text>") && svg.contains("prefers-color-scheme:dark"))
    #expect(XMLParser(data: Data(svg.utf8)).parse())
    #expect(try project.folder.names() == ["golden", "plan.svg", "tiny.lua"])
  }

  @Test func saysWhichStepIsKeptAndWhatMayEndAStage() throws {
    let project = try TestProject([
      (
        "updates = 2",
        "keep = { best = 'success/comfort' }, stop_when = function(m, step) return step >= 1 end, updates = 2"
      )
    ])
    let text = try project.run("plan", "tiny.lua", environment: ["COLUMNS": "200"]).output
    #expect(
      text.contains("tuned: the result is the step with the max of success/comfort, which `keep` names\n"), "\(text)")
    #expect(text.contains("tuned: `stop_when` may end it before step 2; the estimate is for all steps\n"))
    #expect(!text.contains("pretrain: the result") && !text.contains("pretrain: `stop_when`"))
    let json = try project.run("plan", "tiny.lua", "--json").output
    #expect(json.contains("\"keep\":{\"best\":\"success/comfort\",\"mode\":\"max\"},\"may_stop\":true"), "\(json)")
    #expect(json.contains("\"keep\":null,\"may_stop\":false"))
  }

  @Test func writesThePlanAsJSON() throws {
    let project = try TestProject([Self.annealed])
    let outcome = try project.run("plan", "tiny.lua", "--json")
    let plan = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    let estimate = try #require(plan["estimate"] as? [String: Any])
    #expect((estimate["seconds"] as? Double ?? 0) > 0 && (estimate["tokens"] as? Double ?? 0) > 0)
    let schedules = try #require(plan["schedules"] as? [[String: Any]])
    let alpha = try #require(schedules.first { $0["option"] as? String == "kl.rule.alpha" })
    #expect(alpha["points"] as? [[Double]] == [[1, 0], [2, 20]])
    #expect(schedules.count { $0["constant"] as? Bool == true } == schedules.count - 1)
  }

  /// Schedules that no option holds: outer locals of the rule, of a function that it calls, and in a table.
  @Test func drawsSchedulesThatARuleOfTheScriptReads() throws {
    let project = try TestProject([
      (
        "local reference",
        """
        local anneal = swerve.anneal
        local alpha = anneal.linear { from = 0, to = o.alpha, steps = 2 }
        local rates = { floor = anneal.constant { value = 0.25 } }
        local function weigh(certainty, step) return math.max(rates.floor(step), certainty ^ alpha(step)) end
        local reference
        """
      ),
      (
        "rules.certainty { alpha = o.alpha }",
        "rules.each(function(tok, step) return weigh(tok.certainty, step) end)"
      ),
    ])
    let outcome = try project.run("plan", "tiny.lua", environment: ["COLUMNS": "90"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("tuned: kl.rule.alpha   first 0, last 20, min 0, max 20, steps 1 to 2\n"))
    #expect(outcome.output.contains(/kl\.rule\.rates\.floor\s0\.25/), "\(outcome.output)")
    // The library's makers of schedules, which the script holds, too, are none.
    #expect(!outcome.output.contains("anneal"))
    // A run does not make hooks of them: its checkpoints are those of a run without a plan.
    try project.record("a")
    #expect(try project.run("replay", "a", "--quiet").status == 0)
  }

  @Test func notesAScheduleThatNeedsMetrics() throws {
    let project = try TestProject([
      ("lr = 1e-4", "lr = swerve.anneal.plateau { start = 1e-4, metric = \"return\" }"),
      ("vf = 0.1", "vf = function(step, m) return step == 1 and 1 or m.loss end"),
    ])
    let outcome = try project.run("plan", "tiny.lua", environment: ["COLUMNS": "100"])
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("(asks for the metric 'return', which only a run knows: drawn as it is without)\n"))
    #expect(outcome.output.contains("(needs the metric 'loss', which only a run knows: drawn up to step 1)\n"))
  }

  @Test func reportsAnErrorInAScheduleAtTheScriptsLine() throws {
    let project = try TestProject([("lr = 1e-4", "lr = function() return 'fast' end")])
    let outcome = try project.run("plan", "tiny.lua")
    #expect(outcome.status == 3)
    #expect(
      outcome.errors.contains(
        "tiny.lua:10: option 'lr' of stage 'tuned' at step 1 must be a number at least 0, got \"fast\" (string)\n"))
  }
}
