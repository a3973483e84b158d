import LuaRuntime
import SwerveRL
import Testing

@testable import SwerveScript

/// The table `state`: what a hook remembers, and the text that a checkpoint keeps of it.
struct HookStateTests {
  /// The learning rates of the steps 1 to `count` of a schedule.
  private func rates(_ plan: FinetunePlan, _ steps: ClosedRange<Int>) throws -> [Float] {
    try steps.map { try plan.learningRate.value($0, []) }
  }

  private func experiment(lr: String) throws -> ScriptedExperiment {
    try load(
      "return swerve.finetune { name = 'rl', from = 'm.safetensors', task = task, updates = 5,\nlr = \(lr) }")
  }

  @Test func givesEveryHookOfAStageItsOwnState() throws {
    let count = "state.n = (state.n or 0) + 1"
    let script = finetune(
      """
      vf = function(_, _, state) \(count) return state.n end,
      entropy = function(_, _, state) \(count) return state.n end,
      kl = { coef = 1, rule = function(_, _, _, state) \(count) return state.n end },
      loss = function(t, c, _, state) \(count) return (t.logp * state.n):sum() + c.vf + c.entropy + c.kl end
      """)
    let experiment = try load(script)
    let plan = try #require(experiment.finetunePlan)
    for step in 1...3 {
      let expected = Float(step)
      #expect(try plan.valueCoefficient.value(step, []) == expected)
      #expect(try plan.entropyCoefficient.value(step, []) == expected)
      let batch = TestBatch(variables: ["logp"])
      #expect(try plan.kl.rule?.weights(batch.columns(), in: TestBatch.context(step)).kl[0] == expected)
      let none = ["vf", "entropy", "kl"].map { Metric($0, 0) }
      let loss = try plan.objective.loss(batch.columns(), coefficients: none, step: step)
      #expect(loss.total.values[0] == -6.875 * expected)
    }
    #expect(try plan.state?.saved().map(\.hook).sorted() == ["entropy", "kl.rule", "loss", "vf"])
    withExtendedLifetime(experiment) {}
  }

  @Test func passesTheMetricsOfTheStepBeforeToARule() throws {
    let experiment = try load(
      finetune("kl = { coef = 1, rule = function(_, _, _, _, metrics) return metrics.loss or 7 end }"))
    let rule = try #require(experiment.finetunePlan?.kl.rule)
    let random = TestBatch.random.cursor(step: 2, row: 0)
    let context = RuleContext(step: 2, rng: random, metrics: [Metric("loss", 0.5), Metric("nothing", nil)])
    #expect(try rule.weights(TestBatch().columns(), in: context).kl[0] == 0.5)
    #expect(try rule.weights(TestBatch().columns(), in: TestBatch.context(1)).kl[0] == 7)
  }

  @Test func keepsTheStateUnchangedInATrial() throws {
    let experiment = try load(
      finetune("kl = { coef = 1, rule = function(_, _, _, s) s.n = (s.n or 0) + 1 return s.n end }"))
    let rule = try #require(experiment.finetunePlan?.kl.rule)
    func weight(isTrial: Bool) throws -> Float {
      let random = TestBatch.random.cursor(step: 1, row: 0)
      return try rule.weights(TestBatch().columns(), in: RuleContext(step: 1, rng: random, isTrial: isTrial)).kl[0]
    }
    #expect(try weight(isTrial: true) == 1)
    #expect(try weight(isTrial: false) == 1)
    #expect(try weight(isTrial: true) == 2)
    #expect(try weight(isTrial: true) == 2)
    #expect(try weight(isTrial: false) == 2)
  }

  @Test func restoresStateFromItsText() throws {
    let schedule = """
      function(step, _, state)
        state.sum = (state.sum or 0.1) + step / 3
        state.seen = state.seen or {}
        state.seen[#state.seen + 1] = step
        state["a \\"b\\"\\n\\255"] = math.mininteger
        return state.sum + #state.seen
      end
      """
    let whole = try experiment(lr: schedule)
    let first = try experiment(lr: schedule)
    let second = try experiment(lr: schedule)
    let expected = try rates(#require(whole.finetunePlan), 1...6)
    let plan = try #require(first.finetunePlan)
    #expect(try rates(plan, 1...3) == Array(expected[..<3]))
    let saved = try #require(try plan.state?.saved())
    #expect(saved.map(\.hook) == ["lr"])
    #expect(
      saved[0].text
        == #"{["a \034b\034\010\255"]=-9223372036854775808,["seen"]={[1]=1,[2]=2,[3]=3},["sum"]=2.1}"#)
    let next = try #require(second.finetunePlan)
    _ = try next.learningRate.value(1, [])
    try next.state?.restore { hook in saved.first { $0.hook == hook }?.text }
    #expect(try rates(next, 4...6) == Array(expected[3...]))
    try next.state?.restore { _ in nil }
    #expect(try next.state?.saved().isEmpty == true)
  }

  @Test(arguments: [
    "{", "{}x", "{[1]=}", "{[1]=1 ,[2]=2}", "return 1", "{[{}]=1}", "{[nan]=1}", "{[1]=print}", "{[\"a]=1}",
    #"{["\9"]=1}"#, "", String(repeating: "{[1]=", count: 70) + "1" + String(repeating: "}", count: 70),
  ])
  func rejectsOtherText(_ text: String) throws {
    let experiment = try experiment(lr: "function() return 1 end")
    let memory = try #require(experiment.finetunePlan?.state)
    let error = try #require(failure { try memory.restore { $0 == "lr" ? text : nil } })
    #expect(error.message.hasPrefix("the state of hook 'lr' in the checkpoint can't be read: "))
    withExtendedLifetime(experiment) {}
  }

  @Test(arguments: [
    ("state.f = print", "state.f is a function"),
    ("state.a = { [2] = { t = setmetatable({}, {}) } }", "state.a[2].t has a metatable"),
    ("state.a = state", "state.a is the same table as state"),
    ("local t = {} state.a, state.b = t, t", "state.b is the same table as state.a"),
    ("state[{}] = 1", "state has a key that is a table"),
    ("state['two words'] = coroutine.create(print)", "state[\"two words\"] is a thread"),
    ("local t = state for i = 1, 70 do t.x = {} t = t.x end", "nested more than 64 tables deep"),
  ])
  func rejectsStateThatIsNotPlainData(_ statement: String, _ expected: String) throws {
    let experiment = try experiment(lr: "function(_, _, state) \(statement) return 1 end")
    let plan = try #require(experiment.finetunePlan)
    let error = try #require(failure { _ = try plan.learningRate.value(1, []) })
    #expect(error.message.hasPrefix("option 'lr' of stage 'rl' at step 1: "))
    #expect(error.message.contains(expected))
    #expect(error.place?.line == 3)
  }

  @Test func rejectsAnObjectOfTheCallAsState() throws {
    let batch = TestBatch()
    let error = try #require(
      failure { _ = try batch.weights("function(t, _, _, state) state.t = t return 1 end") })
    #expect(error.message.contains("state.t is a tokens; it must be plain data"))
  }

  @Test func drawsRandomNumbersOfACallFromItsStepAlone() throws {
    let experiment = try experiment(lr: "function() return math.random() end")
    let plan = try #require(experiment.finetunePlan)
    let rates = try rates(plan, 1...5)
    #expect(Set(rates).count == 5)
    #expect(try plan.learningRate.value(3, []) == rates[2])
  }

  @Test func numbersObjectsByTheCallAlone() throws {
    let number = "tonumber(tostring({}):match '%d+')"
    let experiment = try experiment(lr: "function(_, _, s) s.t = s.t or {} return \(number) + #tostring(s.t) end")
    let plan = try #require(experiment.finetunePlan)
    let first = try plan.learningRate.value(1, [])
    let second = try plan.learningRate.value(2, [])
    #expect(try plan.learningRate.value(3, []) == second)
    #expect(first > 10_000)
  }
}
