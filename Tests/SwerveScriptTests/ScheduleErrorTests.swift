import Testing

@testable import SwerveScript

/// Schedules that give what can't be used: the option, the stage, the step and the function's line.
@Suite struct ScheduleErrorTests {
  @Test(arguments: [
    ("nil", "must be a number at least 0, got nil"), ("'1'", "must be a number at least 0, got \"1\" (string)"),
    ("0/0", "must be a finite number at least 0, got nan (number)"),
    ("1/0", "must be a finite number at least 0, got inf (number)"),
    ("-0.5", "must be at least 0, got -0.5 (number)"),
    ("1e300", "must be a finite number at least 0, got 1e+300 (number)"),
  ])
  func namesABadResult(result: String, problem: String) throws {
    let experiment = try load(finetune("\nkl = { coef =\n function(step) return \(result) end }"))
    let error = try #require(failure { _ = try experiment.finetunePlan?.kl.coefficient.value(5, []) })
    #expect(error.description == "examples/test.lua:4: option 'kl.coef' of stage 'rl' at step 5 \(problem)")
  }

  @Test func keepsTheLineOfAnErrorInASchedule() throws {
    let experiment = try load(finetune("temperature = function(step, metrics)\n return metrics.loss + 1\n end"))
    let error = try #require(failure { _ = try experiment.finetunePlan?.temperature.value(2, []) })
    #expect(
      error.description
        == "examples/test.lua:3: option 'temperature' of stage 'rl' at step 2: "
        + "attempt to perform arithmetic on a nil value (field 'loss')"
    )
    #expect(
      error.hint
        == "metrics are those of the step before; metrics[\"loss\"] is nil until a step has logged it: "
        + "(metrics[\"loss\"] or 0) is always a number")
    #expect(error.traceback.first?.hasPrefix("examples/test.lua:3: in function") == true)
  }

  /// A schedule of the library was not written in the script, so the stage's line stands for it.
  @Test func namesTheStageOfAScheduleOfTheLibrary() throws {
    let experiment = try load("\n\n" + finetune("vf = anneal.linear { from = 1, to = -1, steps = 3 }"))
    let error = try #require(failure { _ = try experiment.finetunePlan?.valueCoefficient.value(3, []) })
    #expect(
      error.description
        == "examples/test.lua:4: option 'vf' of stage 'rl' at step 3 must be at least 0, got -1 (number)")
  }
}
