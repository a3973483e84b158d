import SwerveRL
import Testing

@testable import SwerveScript

/// The table of metrics against what small experiments log.
@Suite struct MetricTableTests {
  /// Every kind of stage, a fit of a head, a custom task with critical tokens, a loss with a part that some minibatches lack, a rule with numbers.
  private static let script = """
    local copying = swerve.tasks.custom {
      alphabet = "abc>\\n", prompt = function(rng) return ("abc"):sub(rng:within(1, 3)) .. ">" end,
      solution = function(prompt) return prompt:sub(1, -2) end, critical = function() return { 1 } end,
      longest_prompt = 4, limit = 4, sets = { short = function() return "c>" end },
    }
    local eval = { every = 1, sets = { short = 2, training = 2 } }
    local base = swerve.pretrain { eval = eval, task = copying, steps = 2, batch = 4, lr = 1e-2,
      model = { layers = 1, heads = 1, width = 8, context = 8 } }
    local function loss(t, c, step, state)
      state.n = (state.n or 0) + 1
      local policy = (t.logp * t.advantage):mean() * -1 + t.kl_full:mean() * c.kl
      return policy, state.n % 2 == 0 and { policy = policy, even = 1 } or { policy = policy }
    end
    local data = swerve.data "d.jsonl"
    local classes = swerve.classify { from = base, hierarchy = swerve.hierarchy "t.tsv", train = data, test = data, lr = 1e-3,
      length = 8, decode = { "leaf" }, coefficients = { scale = 2 },
      loss = { probabilities = "leaf_softmax", compute = function(t, c)
        local loss = -(t.tree:leaf_log_softmax(t.logits) * t.ends):sum() * c.scale
        return loss, { ends = loss }
      end } }
    local fitted = swerve.classify { name = "fitted", from = base, hierarchy = swerve.hierarchy "t.tsv", train = data,
      test = data, length = 8, decode = { "leaf" }, trained = "head", fit = { steps = 2 },
      loss = require "swerve.hierarchy.bce" {} }
    local tuned = swerve.finetune { name = "rl", from = base, task = copying, updates = 2, episodes = 4, minibatch = 2, lr = 1e-3,
      eval = eval, loss = loss, log = function() return { x = 1, ["y/z"] = 2 } end,
      kl = { coef = 1, rule = function() return 1, { alpha = 3 } end } }
    return { tuned, classes, fitted }
    """

  private static let texts = [
    ("t.tsv", "root\ta\tb\na\tc\td\n"),
    ("d.jsonl", "{\"text\": \"a>\", \"label\": [\"a\", \"c\"]}\n{\"text\": \"b>\", \"label\": [\"b\"]}\n"),
  ]

  /// The names of all metrics that the script's run logs, those of the clock among them, and the kinds of its stages.
  private func logged() throws -> (names: [String], kinds: [String]) {
    let kinds = try load(Self.script, texts: Self.texts).plan.stages.map(\.kind)
    let records = try train(Self.script, texts: Self.texts).records
    return (records.flatMap { ($0.metrics + $0.notCompared).map(\.name) }, kinds)
  }

  @Test func hasARowForEachLoggedMetric() throws {
    let missing = try Set(logged().names).filter { MetricTable.row(of: $0) == nil }
    #expect(missing.isEmpty, "add rows to MetricTable: \(missing.sorted())")
  }

  @Test func hasOnlyRowsThatAreLogged() throws {
    let names = try Set(logged().names)
    for row in MetricTable.rows {
      let isLogged = names.contains { MetricTable.row(of: $0)?.pattern.text == row.pattern.text }
      #expect(isLogged, "no stage logs \(row.pattern.text)")
    }
  }

  @Test func triesEveryKindOfStage() throws {
    let kinds = try Set(logged().kinds)
    let made = ScriptAPI.functions.filter { $0.results.first?.type == "swerve.Stage" }.map(\.name)
    #expect(Set(made) == Set(kinds.map { "swerve.\($0)" }), "add a stage of each kind to the script of this suite")
    for row in MetricTable.rows { #expect(kinds.isSuperset(of: row.kinds), "\(row.pattern.text)") }
  }

  @Test func showsMetricsOfTheTableInViews() {
    #expect(MetricTable.names(in: .distance) == ["kl/full", "kl/k2"])
    #expect(MetricTable.names(in: .goal) == ["success/train"])
    #expect(MetricTable.names(in: .goalWithoutEpisodes) == ["loss"])
    #expect(
      MetricTable.names(in: .chart) == ["loss", "return", "success/train", "entropy", "kl/full", "kl/k2", "log/*"])
    #expect(
      MetricTable.names(in: .list) == [
        "loss", "return", "success/train", "success/*", "hf1/*/*", "leaf_accuracy/*/*", "hf1_auc/*",
      ])
    #expect(MetricTable.rateGlobs == ["success/*"])
  }

  @Test func showsTheValuesOfAFamilyThatARowNames() {
    #expect(MetricTable.isShown("kl/k2", in: .chart) && !MetricTable.isShown("kl/k1", in: .chart))
    #expect(MetricTable.isShown("log/a/b", in: .chart) && !MetricTable.isShown("success/plus1", in: .chart))
    #expect(MetricTable.isShown("success/plus1", in: .list) && !MetricTable.isShown("other", in: .list))
  }

  @Test func matchesEachNameWithOneRow() {
    for row in MetricTable.rows {
      let name = row.pattern.name { $0 == .percent ? "5" : "x" }
      #expect(MetricTable.row(of: name)?.pattern.text == row.pattern.text, "\(name)")
    }
  }

  @Test func findsTheRowOfAName() {
    let rows = [
      "loss": "loss", "loss/a/b": "loss/PART", "minibatches/loss/a": "minibatches/loss/OWN",
      "success/train": "success/train", "success/training": "success/SET",
      "critical/train/step_1/digit": "critical/train/GROUP",
      "critical/far/step_1/digit": "critical/SET/GROUP", "certainty/q50": "certainty/qPERCENT", "kl/k2": "kl/ESTIMATOR",
      "log/return": "log/NAME",
    ]
    for (name, row) in rows { #expect(MetricTable.row(of: name)?.pattern.text == row, "\(name)") }
    let foreign = [
      "", "los", "losses", "loss/", "success", "success/", "success/a/b", "certainty/q", "critical/far", "Loss",
    ]
    for name in foreign {
      #expect(MetricTable.row(of: name) == nil, "\(name)")
    }
  }

  @Test func recognizesMetricsOfAnEvaluation() {
    #expect(["success/far", "length/far", "critical/far/x"].allSatisfy { MetricTable.isEvaluation($0) })
    let others = ["success/train", "length/train", "critical/train/x", "loss", "log/success/far"]
    #expect(!others.contains { MetricTable.isEvaluation($0) })
    #expect(MetricTable.isEvaluation("success/far", unit: .shareOfEpisodes))
    #expect(!MetricTable.isEvaluation("length/far", unit: .shareOfEpisodes))
    #expect(MetricTable.rates(ofSet: "far") == ["success/far"])
  }
}
