import SwerveRL
import Testing

@testable import SwerveScript

/// swerve.anneal against values worked by hand.
@Suite struct AnnealTests {
  /// The values of a schedule at some steps.
  private func values(_ schedule: String, at steps: [Int], metrics: (Int) -> [Metric] = { _ in [] }) throws -> [Float] {
    let experiment = try load(finetune("entropy = \(schedule)"))
    let plan = try #require(experiment.finetunePlan)
    return try steps.map { try plan.entropyCoefficient.value($0, metrics($0)) }
  }

  @Test func keepsAConstant() throws {
    #expect(try values("anneal.constant { value = 2.5 }", at: [1, 9]) == [2.5, 2.5])
  }

  @Test func annealsLinearly() throws {
    let schedule = "anneal.linear { from = 0, to = 20, steps = 5 }"
    #expect(try values(schedule, at: [1, 2, 3, 4, 5, 6, 100]) == [0, 5, 10, 15, 20, 20, 20])
    #expect(try values("anneal.linear { from = 3, to = 1, steps = 1 }", at: [1, 2]) == [1, 1])
  }

  @Test func annealsByACosine() throws {
    let schedule = "anneal.cosine { peak = 2, warmup = 4, floor = 1, steps = 8 }"
    #expect(try values(schedule, at: [1, 2, 3, 4, 6, 8, 9]) == [0.5, 1, 1.5, 2, 1.5, 1, 1])
    #expect(try values("anneal.cosine { peak = 2, steps = 3 }", at: [1, 2, 3]) == [2, 1, 0])
  }

  @Test func annealsExponentially() throws {
    #expect(
      try values("anneal.exponential { from = 1, to = 16, steps = 5 }", at: [1, 2, 3, 5, 7]) == [1, 2, 4, 16, 16])
  }

  @Test func annealsByAPolynomial() throws {
    let schedule = "anneal.polynomial { from = 5, to = 1, steps = 5 }"
    #expect(try values(schedule, at: [1, 2, 3, 4, 5, 6]) == [5, 3.25, 2, 1.25, 1, 1])
    #expect(try values("anneal.polynomial { from = 4, to = 0, steps = 5, power = 1 }", at: [1, 2]) == [4, 3])
  }

  @Test func annealsPiecewise() throws {
    let points = "points = { { 2, 1 }, { 4, 5 }, { 8, 3 } }"
    #expect(try values("anneal.piecewise { \(points) }", at: [1, 2, 3, 4, 6, 8, 9]) == [1, 1, 3, 5, 4, 3, 3])
    #expect(
      try values("anneal.piecewise { \(points), interpolate = 'step' }", at: [1, 2, 3, 4, 7, 8]) == [1, 1, 1, 5, 5, 3])
  }

  @Test func annealsInOneCycle() throws {
    let schedule = "anneal.one_cycle { peak = 5, steps = 9, rise = 0.5, start = 1, finish = 0 }"
    #expect(try values(schedule, at: [1, 3, 5, 7, 9, 12]) == [1, 3, 5, 2.5, 0, 0])
    #expect(try values("anneal.one_cycle { peak = 25, steps = 11 }", at: [1, 4, 11]) == [1, 25, 0.0025])
  }

  @Test func warmsUpIntoAnotherSchedule() throws {
    let schedule = "anneal.warmup { steps = 4, into = anneal.linear { from = 8, to = 0, steps = 3 } }"
    #expect(try values(schedule, at: [1, 2, 3, 4, 5, 6, 7]) == [2, 4, 6, 8, 4, 0, 0])
    #expect(try values("anneal.warmup { steps = 2, from = 1, into = 3 }", at: [1, 2, 3]) == [2, 3, 3])
  }

  /// Steps 2 and 3 bring nothing better than step 1, so the value halves; step 4 does.
  @Test func lowersTheValueOnAPlateau() throws {
    let losses: [Float] = [4, 4, 5, 3, 3, 3]
    let found = try values(
      "anneal.plateau { start = 8, metric = 'loss', patience = 2, floor = 3 }", at: Array(1...7)
    ) { step in step == 1 ? [] : [Metric("other", 1), Metric("loss", losses[step - 2])] }
    #expect(found == [8, 8, 8, 4, 4, 4, 3])
    let rising = try values(
      "anneal.plateau { start = 8, metric = 'loss', patience = 1, mode = 'max', threshold = 1 }", at: Array(1...3)
    ) { [Metric("loss", Float($0))] }
    #expect(rising == [8, 4, 4])
  }

  @Test func passesStepMetricsAndStateToASchedule() throws {
    let schedule = "function(step, m, s) s.sum = (s.sum or 0) + (m['return'] or 100); return s.sum + step end"
    let found = try values(schedule, at: [1, 2, 3]) { $0 == 1 ? [Metric("return", nil)] : [Metric("return", 0.5)] }
    #expect(found == [101, 102.5, 104])
  }

  @Test(arguments: [
    ("anneal.linear { form = 0, to = 1, steps = 2 }", "unknown option 'form' of anneal.linear; did you mean 'from'?"),
    ("anneal.linear { from = 0, steps = 2 }", "option 'to' of anneal.linear is missing; it must be a finite number"),
    ("anneal.linear { from = 0, to = '1', steps = 2 }", "option 'to' must be a finite number, got \"1\" (string)"),
    (
      "anneal.linear { from = 0, to = 1, steps = 0 }",
      "option 'steps' must be a whole number of at least 1, got 0 (number)"
    ),
    ("anneal.linear { from = 0, to = 0/0, steps = 1 }", "option 'to' must be a finite number, got nan (number)"),
    (
      "anneal.linear(3)",
      "anneal.linear takes a table of options, as in anneal.linear { from = ..., steps = ..., to = ... }, got 3 (number)"
    ),
    ("anneal.cosine { peak = 1, steps = 3, warmup = 3 }", "option 'warmup' must be below 'steps' (3), got 3 (number)"),
    ("anneal.exponential { from = 0, to = 1, steps = 2 }", "option 'from' must be a number above 0, got 0 (number)"),
    ("anneal.piecewise { points = {} }", "option 'points' must have at least one { step, value }"),
    (
      "anneal.piecewise { points = { { 1 } } }",
      "option 'points' must hold { step, value } pairs, got a table at place 1"
    ),
    (
      "anneal.piecewise { points = { { 2, 1 }, { 2, 1 } } }", "the steps of option 'points' must rise, got 2 at place 2"
    ),
    (
      "anneal.piecewise { points = { { 2, 1 } }, interpolate = 'cubic' }",
      "option 'interpolate' must be one of \"linear\", \"step\", got \"cubic\" (string)"
    ),
    ("anneal.one_cycle { peak = 1, steps = 2, rise = 1 }", "option 'rise' must be a number in (0, 1), got 1 (number)"),
    (
      "anneal.warmup { steps = 2, into = 'x' }",
      "option 'into' must be a finite number or a function that gives one, got \"x\" (string)"
    ),
    (
      "anneal.plateau { start = 1, metric = 'x', mode = 'up' }",
      "option 'mode' must be one of \"min\", \"max\", got \"up\" (string)"
    ),
  ])
  func namesAWrongOptionAtTheScriptsLine(schedule: String, message: String) throws {
    let error = try #require(failure("\nlocal s = \(schedule)"))
    #expect(error.description == "examples/test.lua:3: \(message)")
  }
}
