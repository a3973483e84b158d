import SwerveRL
import Testing

@testable import SwerveScript

/// The option `log` of fine-tuning: metrics of a script's own.
@Suite struct LogTests {
  private func metrics(_ log: String, steps: ClosedRange<Int> = 3...3) throws -> [[Metric]] {
    let experiment = try load(finetune("log = \(log)"))
    let hook = try #require(experiment.finetunePlan?.log)
    return try withExtendedLifetime(experiment) {
      try steps.map { try hook.metrics(TestBatch().columns(), step: $0) }
    }
  }

  @Test func logsNumbersAndScalarsInTheOrderOfTheirNames() throws {
    let logged = try metrics("function(t, step) return { rows = t.rows, ['a/b'] = t.logp:max(), step = step } end")
    #expect(logged == [[Metric("a/b", -0.125), Metric("rows", 2), Metric("step", 3)]])
  }

  @Test func keepsTheStateOfALog() throws {
    let logged = try metrics(
      "function(_, _, state) state.n = (state.n or 0) + 1; return { n = state.n } end", steps: 1...3)
    #expect(logged.map { $0[0].value } == [1, 2, 3])
  }

  @Test func acceptsAStepWithNothingToLog() throws {
    #expect(
      try metrics("function(t, step) if step % 2 == 0 then return { x = 1 } end end", steps: 1...4).map(\.count)
        == [0, 1, 0, 1])
  }

  @Test func hasNoLogWithoutAFunction() throws {
    #expect(try load(finetune("")).finetunePlan?.log == nil)
  }

  @Test(arguments: [
    ("5", "must return a table of names and numbers, or nothing, got 5 (number)"),
    ("{ 1 }", "the name of a logged number must be \(GivenName.path.expectation), got 1 (number)"),
    ("{ ['a b'] = 1 }", "got \"a b\" (string)"),
    ("{ ['/a'] = 1 }", "got \"/a\" (string)"),
    ("{ ['a//b'] = 1 }", "got \"a//b\" (string)"),
    ("{ [''] = 1 }", "got \"\" (string)"),
    ("{ [('a'):rep(81)] = 1 }", "at most 80 of them all"),
    ("{ x = 0/0 }", "the logged number 'x' must be a finite number or a scalar tensor, got nan (number)"),
    ("{ x = 1e300 }", "the logged number 'x' must be a finite number or a scalar tensor, got 1e+300 (number)"),
    ("{ x = 'y' }", "the logged number 'x' must be a finite number or a scalar tensor, got \"y\" (string)"),
    ("{ x = t.logp }", "the logged number 'x' must be a finite number or a scalar tensor, got a tensor of shape"),
    ("{ x = (t.logp * 0):log():sum() }", "the logged number 'x' must be a finite number or a scalar tensor, got -inf"),
    ("{ x = t.nothing }", "nothing"),
  ])
  func rejectsWhatCannotBeLogged(_ answer: String, _ message: String) {
    let error = failure { _ = try metrics("function(t) return \(answer) end") }
    #expect(error?.message.hasPrefix("hook 'log' of stage 'rl' at step 3: ") ?? false)
    #expect(error?.message.contains(message) ?? false, "\(String(describing: error))")
    #expect(error?.place?.line == 2)
  }

  @Test func limitsTheLengthOfALog() {
    let error = failure {
      _ = try metrics("function() local t = {} for i = 1, 101 do t['n' .. i] = i end return t end")
    }
    #expect(error?.message.hasSuffix("may give at most 100 numbers to log, got 101") ?? false)
  }
}
