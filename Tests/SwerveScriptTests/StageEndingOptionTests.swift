import SwerveRL
import SwerveTensor
import Testing

@testable import SwerveScript

/// The options `keep` and `stop_when` of both kinds of stages.
@Suite struct StageEndingOptionTests {
  private func pretrain(_ more: String) -> String {
    """
    return swerve.pretrain { model = { layers = 1, heads = 1, width = 4, context = 512 }, task = task, steps = 6, batch = 2,
      lr = 1e-3, \(more) }
    """
  }

  private func base(_ more: String) -> String {
    pretrain("").replacing("return", with: "local base =") + "\n" + more
  }

  @Test(arguments: [
    ("best = 'success/plus1'", "success/plus1", BestMetric.Mode.max), ("best = 'loss'", "loss", .min),
    ("best = 'loss', mode = 'max'", "loss", .max),
  ])
  func readsTheMetricAndItsMode(_ keep: String, _ metric: String, _ mode: BestMetric.Mode) throws {
    let more = "eval = { every = 1, sets = { plus1 = 1 } }, keep = { \(keep) }"
    for script in [finetune(more), pretrain(more)] {
      #expect(try load(script).plan.stages.last?.ending.best == BestMetric(metric, mode: mode))
      #expect(try load(script).plan.stages.last?.info.best == BestMetric(metric, mode: mode))
    }
    #expect(try load(finetune("")).plan.stages.last?.ending.best == nil)
  }

  @Test(arguments: [
    (
      "keep = { best = 'succes/plus1' }, eval = { every = 1, sets = { plus1 = 1 } }", "succes/plus1",
      "; did you mean 'success/plus1'?"
    ),
    ("keep = { best = 'success/plus1' }", "success/plus1", ""),
    ("keep = { best = 'tokens_per_second' }", "tokens_per_second", ""),
    ("keep = { best = 'log/x' }", "log/x", ""),
  ])
  func rejectsAMetricThatTheStageNeverMeasures(_ more: String, _ name: String, _ suggestion: String) throws {
    for script in [finetune(more), pretrain(more)] where suggestion.isEmpty || script.contains("plus1") {
      let error = try #require(failure(script))
      #expect(error.message.hasPrefix("option 'keep.best': there is no metric '\(name)'"), "\(error)")
      #expect(suggestion.isEmpty || error.message.hasSuffix(suggestion), "\(error)")
      #expect(error.hint?.hasPrefix("this stage logs loss, ") == true)
      #expect(error.place?.line == 2)
    }
  }

  @Test(arguments: [
    ("keep = { best = 'loss', mode = 'least' }", "option 'keep.mode' must be one of \"max\", \"min\""),
    ("keep = { metric = 'loss' }", "unknown option 'keep.metric'"), ("keep = {}", "option 'keep.best'"),
    ("keep = 'loss'", "option 'keep' must be a table of options"),
    ("stop_when = true", "option 'stop_when' must be a function"),
    ("stop_when = swerve.stop.plateau", "option 'stop_when' must be a function, got the library's stop.plateau"),
  ])
  func rejectsWhatIsNoEnding(_ more: String, _ message: String) {
    #expect(
      failure(finetune(more))?.message.contains(message) == true, "\(String(describing: failure(finetune(more))))")
  }

  /// Asks at steps 1, 2, ... with these metrics until it stops.
  private func stop(_ function: String, _ metrics: [[Metric]]) throws -> (step: Int, reason: String)? {
    let experiment = try load(finetune("stop_when = \(function), eval = { every = 2, sets = { plus1 = 1 } }"))
    defer { withExtendedLifetime(experiment) {} }
    let stop = try #require(experiment.plan.stages.last?.ending.stop)
    for (index, metrics) in metrics.enumerated() {
      if let reason = try stop.reason(after: index + 1, metrics) { return (index + 1, reason) }
    }
    return nil
  }

  @Test func remembersInItsState() throws {
    let function = "function(m, step, state) state.n = (state.n or 0) + 1 return state.n == 3 and step == 3 end"
    let found = try stop(function, [[], [], [], []])
    #expect(found?.step == 3 && found?.reason == "stop_when gave true")
  }

  @Test func takesAFunctionOfTheLibrary() throws {
    let values: [Float?] = [nil, 0.5, nil, 0.25, nil, 0.5, nil]
    let found = try stop(
      "swerve.stop.plateau { metric = 'success/plus1', patience = 2 }", values.map { [Metric("success/plus1", $0)] })
    #expect(found?.step == 6 && found?.reason == "success/plus1 has not improved on 0.5 in 2 measurements")
  }

  @Test(arguments: [
    ("function() end", "must return true or false, got nil"), ("function() return 1 end", "got 1 (number)"),
    ("function() return true, 7 end", "the second result, the reason, must be one line"),
    ("function() return true, 'a\\nb' end", "the second result, the reason, must be one line"),
    ("function() return true, ('x'):rep(201) end", "at most 200 bytes"),
    ("function(m) return m.retrun > 1 end", "there is no metric 'retrun'; did you mean 'return'?"),
    ("function(m) return m['success/plus1'] > 1 end", "attempt to compare"),
    ("function() count = 1 return false end", "count"),
  ])
  func namesTheHookAndTheStepOfAMistake(_ function: String, _ message: String) throws {
    let error = try #require(failure { _ = try stop(function, [[Metric("return", 1)]]) })
    #expect(error.message.hasPrefix("hook 'stop_when' of stage 'rl' at step 1: "), "\(error)")
    #expect(error.message.contains(message), "\(error)")
    #expect(error.place?.line == 2)
  }

  @Test func saysThatAnEvaluationMayBeMissing() throws {
    let error = failure { _ = try stop("function(m) return m['success/plus1'] > 1 end", [[]]) }
    #expect(error?.hint?.hasPrefix("metrics[\"success/plus1\"] is nil at steps that don't measure it") == true)
  }

  @Test func endsARealStageEarlyAndStartsTheNextFromItsBestStep() throws {
    let record = try train(
      """
      local one = swerve.tasks.addition { comfort = 1 }
      local base = swerve.pretrain { model = { layers = 1, heads = 1, width = 4, context = 256 }, task = one, steps = 6,
        batch = 2, lr = function(step) return step < 3 and 1e-3 or 3 end, keep = { best = "loss" },
        stop_when = function(m, step) return step == 4, "four" end }
      return swerve.finetune { name = "rl", from = base, task = one, updates = 1, episodes = 2, minibatch = 1, lr = 0,
        eval = { every = 1, sets = { comfort = 1 } } }
      """)
    #expect(record.records.filter { $0.stage == "pretrain" }.map(\.stopped) == [nil, nil, nil, "four"])
    #expect(record.records.last?.stage == "rl")
    // Steps 3 and 4 have destroyed the model; with their weights the divergence would be another.
    let losses = (1...4).compactMap { record.value("loss", stage: "pretrain", step: $0) }
    let best = try #require(losses.min())
    #expect(losses.count == 4 && losses[3] > best)
  }
}
