import Foundation
import LuaRuntime
import SwerveModel
import SwerveRL
import SwerveTensor
import SwerveTestSupport

@testable import SwerveScript

/// The repository's lua folder and modules that a test makes up.
struct TestSources: ScriptSources {
  var modules: [(name: String, text: String)] = []
  var texts: [(name: String, text: String)] = []

  func read(module: String) throws -> ScriptFile? {
    if let found = modules.first(where: { $0.name == module }) {
      return ScriptFile(path: "examples/\(module.replacing(".", with: "/")).lua", text: found.text)
    }
    let part = module == "swerve" ? "init" : module.replacing("swerve.", with: "").replacing(".", with: "/")
    let url = Fixtures.repository.appendingPathComponent("lua/swerve/\(part).lua")
    guard let text = try? String(contentsOf: url, encoding: .utf8) else { return nil }
    return ScriptFile(path: "lua/swerve/\(part).lua", text: text)
  }

  func read(text path: String, atMost limit: Int) throws -> ScriptFile? {
    guard let text = texts.first(where: { $0.name == path })?.text else { return nil }
    return ScriptFile(path: "examples/" + path, text: text)
  }
}

/// What scripts of the tests start with; one line, so that the test's own first line is line 2.
let head = """
  local swerve = require "swerve"; local anneal, rules = swerve.anneal, swerve.rules; \
  local task = swerve.tasks.addition { comfort = 3, plus = 1 }

  """

func load(
  _ text: String, options: [(key: String, value: String)] = [], modules: [(name: String, text: String)] = [],
  texts: [(name: String, text: String)] = [], seed: UInt64 = 7, limits: LuaLimits = LuaLimits(),
  output: @escaping (String) -> Void = { _ in }
) throws -> ScriptedExperiment {
  try ScriptedExperiment.load(
    ScriptFile(path: "examples/test.lua", text: head + text), options: options, seed: seed, limits: limits,
    library: TestSources(modules: modules, texts: texts), output: output)
}

/// The error of a script that must not load.
func failure(
  _ text: String, options: [(key: String, value: String)] = [], modules: [(name: String, text: String)] = [],
  limits: LuaLimits = LuaLimits()
) -> ScriptError? {
  do {
    _ = try load(text, options: options, modules: modules, limits: limits)
    return nil
  } catch {
    return error as? ScriptError
  }
}

/// The error that a hook throws.
func failure(_ body: () throws -> Void) -> ScriptError? {
  do {
    try body()
    return nil
  } catch {
    return error as? ScriptError
  }
}

/// A fine-tuning stage with more options; the text starts at line 2.
func finetune(_ more: String) -> String {
  "return swerve.finetune { name = 'rl', from = 'm.safetensors', task = task, updates = 5, lr = 1e-4, \(more) }"
}

extension ScriptedExperiment {
  var finetunePlan: FinetunePlan? { plan.stages.last as? FinetunePlan }
  var pretrainPlan: PretrainPlan? { plan.stages.first as? PretrainPlan }
}

/// Two texts, "12+" and "=34": the generated tokens of a small batch.
struct TestBatch {
  var layout = TokenLayout(rowLengths: [3, 3])
  var texts = "12+=34"
  var values: [(name: String, values: [Float])] = [
    ("logp", [-0.5, -1, -0.25, -2, -0.125, -3]), ("ref_logp", [-0.75, -1, -0.5, -1, -0.25, -2.5]),
    ("certainty", [0.5, 1, 0.25, 0.99, 0, 0.75]), ("critical", [0, 1, 0, 0, 0, 1]),
  ]
  /// Names of columns that are variables.
  var variables: [String] = []
  /// V of the column `wide`, (tokens, V); nil: there is none.
  var wide: Int?

  func columns() throws -> TokenColumns {
    let tokenizer = try CharacterTokenizer(alphabet: AdditionTask.alphabet)
    let (layout, values, variables, wide) = (layout, values, variables, wide)
    return TokenColumns(
      layout: layout, tokens: try tokenizer.encode(texts), tokenizer: tokenizer, names: values.map(\.name)
    ) { name in
      if name == "wide", let wide {
        let zeros = [Float](repeating: 0, count: layout.count * wide)
        return try Tensor.constant(zeros, shape: .tokensBy(layout, wide))
      }
      guard let found = values.first(where: { $0.name == name }) else { return nil }
      return variables.contains(name)
        ? try Tensor.variable(found.values, shape: .tokens(layout))
        : try Tensor.constant(found.values, shape: .tokens(layout))
    }
  }

  static let random = RandomStream(seed: 7, purpose: "test/rule")
  static func context(_ step: Int) -> RuleContext { RuleContext(step: step, rng: random.cursor(step: step, row: 0)) }

  /// The weights that a rule (Lua, from line 2) gives to this batch at a step.
  func weights(
    _ rule: String, step: Int = 3, more: String = "", limits: LuaLimits = LuaLimits()
  ) throws -> TokenWeights {
    let experiment = try load(finetune("kl = { coef = 1, rule = \(rule)\n, \(more) }"), limits: limits)
    defer { withExtendedLifetime(experiment) {} }
    guard let rule = experiment.finetunePlan?.kl.rule else { throw ScriptError("no rule") }
    return try rule.weights(columns(), in: Self.context(step))
  }

  /// The loss (Lua, from line 2) of this batch.
  func loss(
    _ loss: String, coefficients: [Metric] = [Metric("kl", 2)], columns: TokenColumns? = nil
  ) throws -> LossValue {
    let experiment = try load(finetune("loss = \(loss)"))
    defer { withExtendedLifetime(experiment) {} }
    guard let objective = experiment.finetunePlan?.objective else { throw ScriptError("no objective") }
    return try objective.loss(columns ?? self.columns(), coefficients: coefficients, step: 4)
  }
}
