import SwerveModel
import SwerveRL
import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveScript

/// swerve.hierarchy and swerve.classify: what a script may say.
@Suite struct ClassificationTests {
  @Test func readsDocumentsWithTheirLabels() throws {
    let scripts = ClassificationScripts()
    let experiment = try scripts.load(scripts.script("epochs = 2, batch = 2"))
    let plan = try scripts.plan(experiment)
    #expect(plan.tree.names == ["a", "b", "a1", "a2", "b1"])
    #expect(plan.training.documents.map(\.labels) == [[0, 2], [0, 3], [1, 4]])
    #expect(plan.training.documents.map(\.text) == ["12", "34", "why"])
    #expect(plan.evaluated.map(\.name) == ["test"])
    #expect(plan.steps == 4 && plan.stepsInEpoch == 2)
    #expect(plan.rules.map(\.name) == LabelDecoderTable.names)
  }

  @Test func readsFieldsOfOtherNames() throws {
    var scripts = ClassificationScripts()
    scripts.train = "{\"question\": \"12\", \"path\": [\"a\"]}\n"
    scripts.test = scripts.train
    let experiment = try scripts.load(scripts.script("text = 'question', label = 'path'"))
    #expect(try scripts.plan(experiment).training.documents.map(\.labels) == [[0]])
  }

  @Test(arguments: [
    ("{\"text\": \"12\", \"label\": [\"a\", \"a3\"]}", "the tree has no label \"a3\""),
    ("{\"text\": \"12\", \"label\": [\"a1\"]}", "the label \"a1\" is there without its parent \"a\""),
    ("{\"text\": \"12\", \"label\": [\"a\", \"a\"]}", "the label \"a\" is there twice"),
    ("{\"text\": \"12\", \"label\": []}", "no labels: at least one was expected"),
    ("{\"text\": \" \", \"label\": [\"a\"]}", "the text is empty"),
    ("{\"text\": 12, \"label\": [\"a\"]}", "the field 'text' must be a string"),
    ("{\"text\": \"12\", \"label\": \"a\"}", "the field 'label' must be a list of labels"),
    ("{\"text\": \"12\", \"label\": [\"a\", 1]}", "the field 'label' must hold strings only"),
    ("{\"text\": \"12\", \"label\": [\"a\", \"a1\", \"a2\"]}", "its labels are more than one path"),
    ("{\"text\": \"12\", \"label\": [\"a\"", "train.jsonl:3"),
  ])
  func rejectsADocumentWithItsFileAndLine(_ line: String, _ message: String) {
    var scripts = ClassificationScripts()
    scripts.train = "{\"text\": \"12\", \"label\": [\"a\", \"a1\"]}\n\n" + line
    let error = scripts.failure(scripts.script(""))
    #expect(error?.message.contains(message) ?? false, "\(String(describing: error))")
    #expect(error?.message.contains("train.jsonl:3") ?? false, "\(String(describing: error))")
    #expect(error?.place?.line == 2)
  }

  /// What only a fit logs can't be what a stage without one keeps.
  @Test(arguments: ["objective", "grad_max", "step_size", "evaluations"])
  func rejectsToKeepTheBestByAMetricOfAFit(_ metric: String) {
    let scripts = ClassificationScripts()
    let error = scripts.failure(scripts.script("keep = { best = '\(metric)', mode = 'min' }"))
    #expect(error?.message.contains(metric) ?? false, "\(String(describing: error))")
  }

  @Test func takesSeveralPathsForALossThatAllowsThem() throws {
    var scripts = ClassificationScripts()
    scripts.train = "{\"text\": \"12\", \"label\": [\"a\", \"a1\", \"a2\", \"b\"]}\n"
    let experiment = try scripts.load(scripts.script("", loss: "require('swerve.hierarchy.bce') {}"))
    #expect(try scripts.plan(experiment).training.documents.map(\.labels) == [[0, 1, 2, 3]])
  }

  @Test(arguments: [
    ("root\ta\nb\tc\n", "t.tsv, line 2"), ("root\ta\na\troot\n", "t.tsv, line 2"),
    ("root\ta\ta\n", "t.tsv, line 1"), ("", "t.tsv, line 1"), ("root\ta", "t.tsv, line 1"),
  ])
  func rejectsAMalformedTreeWithItsLine(_ taxonomy: String, _ place: String) {
    var scripts = ClassificationScripts()
    scripts.taxonomy = taxonomy
    let error = scripts.failure(scripts.script(""))
    #expect(error?.message.contains(place) ?? false, "\(String(describing: error))")
  }

  @Test(arguments: [
    ("decode = { 'lead' }", "there is no rule 'lead' for option 'decode'; did you mean 'leaf'?"),
    ("decode = { 'leaf', 'leaf' }", "option 'decode' has two rules of the name 'leaf'"),
    ("decode = {}", "option 'decode' must have at least one rule"),
    ("decode = { x = { rule = 'threshold', treshold = 1 } }", "unknown parameter 'treshold'"),
    ("decode = { x = { rule = 'threshold', threshold = 2 } }", "must be a number in [0, 1], got 2 (number)"),
    ("decode = { x = { threshold = 0.5 } }", "option 'decode.x' must name its rule"),
    ("decode = { x = 1 }", "option 'decode.x' must be a function or a table, got 1 (number)"),
    ("epocs = 3", "unknown option 'epocs' of swerve.classify; did you mean 'epochs'?"),
    ("pooling = 'max'", "option 'pooling' must be one of \"mean\", \"first\", \"last\", \"pooler\""),
  ])
  func rejectsOptions(_ options: String, _ message: String) {
    let scripts = ClassificationScripts()
    let error = scripts.failure(scripts.script(options))
    #expect(error?.message.contains(message) ?? false, "\(String(describing: error))")
  }

  @Test func namesTheLossThatWasNotCalled() {
    let scripts = ClassificationScripts()
    let error = scripts.failure(scripts.script("", loss: "require 'swerve.hierarchy.bce'"))
    #expect(
      error?.message.contains("option 'loss' must be a table of options") ?? false, "\(String(describing: error))")
  }

  private func rules(_ decode: String) throws -> (ScriptedExperiment, ClassifyPlan) {
    let scripts = ClassificationScripts()
    let experiment = try scripts.load(scripts.script("decode = \(decode)"))
    return (experiment, try scripts.plan(experiment))
  }

  @Test func takesRulesOfTheScript() throws {
    let (experiment, plan) = try rules(
      "{ 'leaf', all = function(p, tree) local found = {}; for i = #tree, 1, -1 do if p[i] > 0.3 then found[#found + 1] = i end end "
        + "return found end, low = { rule = 'threshold', threshold = 0.1 } }")
    defer { withExtendedLifetime(experiment) {} }
    #expect(plan.rules.map(\.name) == ["leaf", "all", "low"])
    #expect(try plan.rules[1].rule.labels([0.5, 0.2, 0.4, 0.1, 0.2]) == [0, 2])
    #expect(try plan.rules[2].rule.labels([0.5, 0.2, 0.4, 0.05, 0.2]) == [0, 1, 2, 4])
  }

  @Test(arguments: [
    ("function(p) return 3 end", "must return a list of labels, got 3 (number)"),
    ("function(p) return { 0 } end", "must return numbers of labels, 1 to 5, got 0 (number)"),
    ("function(p) return { 6 } end", "must return numbers of labels, 1 to 5, got 6 (number)"),
    ("function(p) return { 2, 2 } end", "returned the label 2 (b) twice"),
    ("function(p) return p.x.y end", "attempt to index a nil value"),
    ("(function() local n = 0; return function(p) n = n + 1; return {} end end)()", "it changed"),
  ])
  func rejectsWhatARuleReturns(_ function: String, _ message: String) throws {
    let (experiment, plan) = try rules("{ own = \(function) }")
    defer { withExtendedLifetime(experiment) {} }
    let error = failure { _ = try plan.rules[0].rule.labels([0, 0, 0, 0, 0]) }
    #expect(error?.message.contains("the rule 'own' of 'decode' in stage 'c'") ?? false, "\(String(describing: error))")
    #expect(error?.message.contains(message) ?? false, "\(String(describing: error))")
  }

  private func loss(_ body: String, _ options: String = "") throws -> (loss: Float, gradient: [Float]) {
    let scripts = ClassificationScripts()
    let text = scripts.script(
      options, loss: "{ probabilities = 'sigmoid', compute = function(t, c, step) \(body) end }")
    let experiment = try scripts.load(text)
    defer { withExtendedLifetime(experiment) {} }
    let plan = try scripts.plan(experiment)
    let documents = plan.training.documents
    return try plan.value(
      documents, logits: (0..<15).map { Float($0) / 4 - 2 },
      priors: LabelPriors(plan.tree, documents: documents.map(\.labels)))
  }

  @Test func givesALossItsColumns() throws {
    let sum = try loss(
      "return (t.logits * t.target):sum() * c.scale + t.count + t.labels", "coefficients = { scale = 2 }")
    #expect(sum.gradient == [2, 0, 2, 0, 0, 2, 0, 0, 2, 0, 0, 2, 0, 0, 2])
    let asked = try loss("return (t.logits * t.asked):sum()")
    #expect(asked.gradient == [1, 1, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 0, 0, 1])
    let ends = try loss("return (t.logits * t.ends):sum()")
    #expect(ends.gradient == [0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1])
    // Edges to the nearest label, of 4 at most.
    let distance = try loss("return (t.logits * t.distance):sum()")
    #expect(
      distance.gradient == [0, 0.5, 0, 0.25, 0.75, 0, 0.5, 0.25, 0, 0.75, 0.5, 0, 0.75, 0.75, 0])
    let prior = try loss("return (t.logits * t.log_prior):sum()")
    #expect(abs(prior.gradient[0] - (-0.4054651)) < 1e-6 && abs(prior.gradient[2] - (-0.6931472)) < 1e-6)
    #expect(prior.gradient[4] == 0)
  }

  @Test func givesALossTheOperationsOfTheTree() throws {
    let paths = try loss("return t.tree:path_sum(t.logits):at(1, 1, 2) + 0 * t.logits:sum()")
    #expect(paths.loss == Float(-2) + Float(-1.5))
    let names = try loss(
      "assert(t.tree:name(3) == 'a1' and t.tree:index 'b1' == 5 and t.tree:parent(3) == 1 and t.tree:parent(1) == nil) "
        + "assert(#t.tree == 5 and t.tree:depth(3) == 2 and #t.tree:children() == 2 and t.tree:children(1)[2] == 4) "
        + "return t.logits:sum()")
    #expect(names.gradient.allSatisfy { $0 == 1 })
  }

  @Test(arguments: [
    ("return t.logit:sum()", "there is no column 'logit' of documents; did you mean 'logits'?"),
    ("return t.logits:sum() * c.beta", "there is no coefficient 'beta'"),
    ("return t.target:sum()", "the loss depends on no logits"),
    ("return t.logits", "the loss must be a scalar tensor, got a tensor of shape"),
    ("return 1", "the loss must be a scalar tensor, got 1 (number)"),
    ("return (t.logits * 1e30 * 1e30):sum()", "the loss must be a finite number"),
    ("return t.logits:sum() * t.tree:index 'c'", "the hierarchy has no label \"c\""),
  ])
  func rejectsWhatALossReturns(_ body: String, _ message: String) {
    let error = failure { _ = try loss(body) }
    #expect(error?.message.contains(message) ?? false, "\(String(describing: error))")
  }

  @Test func knowsItsMetricsByName() throws {
    let scripts = ClassificationScripts()
    let plan = try scripts.plan(scripts.load(scripts.script("decode = { 'leaf' }")))
    for name in ["loss", "head_lr", "hf1/test/leaf", "depth_accuracy/test/leaf/2", "hf1_auc/test"] {
      #expect(plan.metricNames.mayHold(name), "\(name)")
    }
    for name in ["hf1/test/threshold", "hf1/validation/leaf", "success/test", "depth_accuracy/test/leaf/3"] {
      #expect(!plan.metricNames.mayHold(name), "\(name)")
    }
  }
}
