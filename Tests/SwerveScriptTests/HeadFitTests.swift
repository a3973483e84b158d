import SwerveModel
import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveRL
@testable import SwerveScript

/// A head that is fitted to all documents at once.
@Suite struct HeadFitTests {
  private static let losses = [
    "bce", "conditional_softmax", "logit_adjusted", "conditional_sigmoid", "leaf_softmax", "champ",
  ]

  /// Scripts with random documents of a tree with three leaves.
  private static func scripts(seed: UInt64, documents: Int = 60) -> ClassificationScripts {
    var random = TestRandom(seed, "tests/fit")
    var scripts = ClassificationScripts()
    scripts.train = (0..<documents).map { _ in
      let text = (0..<random.within(1...6)).map { _ in ["12", "34", "why", "a", "b", "c"][random.within(0...5)] }
        .joined()
      let path = [["a", "a1"], ["a", "a2"], ["b", "b1"]][random.within(0...2)]
      return "{\"text\": \"\(text)\", \"label\": [\"\(path[0])\", \"\(path[1])\"]}\n"
    }.joined()
    return scripts
  }

  private static func script(_ loss: String, _ fit: String = "{ l2 = 1e-2, tolerance = 1e-6 }") -> String {
    """
    return swerve.classify { name = 'c', from = 'm.gguf', hierarchy = swerve.hierarchy 't.tsv', \
    train = swerve.data 'train.jsonl', loss = \(loss), trained = 'head', fit = \(fit), vector_norm = 2 }
    """
  }

  /// A stage, its model with a head of zeros, and everything that computes with them.
  private struct Stage {
    let plan: ClassifyPlan
    let model: Transformer
    let pool = WorkerPool(threads: 2)
    private let experiment: ScriptedExperiment

    init(_ scripts: ClassificationScripts, _ script: String) throws {
      experiment = try scripts.load(script)
      plan = try scripts.plan(experiment)
      let base = randomModel(
        try ModelConfiguration(layers: 1, heads: 2, width: 16, context: 64, vocabulary: 264), seed: 5)
      var shape = try plan.shape(from: base.configuration)
      shape.frozen = plan.frozen
      model = Transformer(shape, on: base)
    }

    func close() { pool.close() }

    var texts: [[Int32]] {
      get throws { try EncodedDocuments(plan.training, tokenizer: plan.tokenizer, limit: plan.length).texts }
    }

    func objective() throws -> HeadObjective {
      HeadObjective(
        plan, l2: try #require(plan.fit).l2, model: model, texts: try texts,
        ShardRunner(model.configuration, pool: pool))
    }

    /// What a fit records, and the weights that it ends with.
    func fit() throws -> (record: TrainingRecord, weights: [Float]) {
      let record = TrainingRecord()
      try HeadFitting(plan: plan, fit: try #require(plan.fit), model: model, pool: pool).run(record)
      return (record, model.tensors.flatMap { Array($0.values) })
    }
  }

  private func stage<Result>(
    _ scripts: ClassificationScripts, _ script: String, _ body: (Stage) throws -> Result
  ) throws -> Result {
    let stage = try Stage(scripts, script)
    defer { stage.close() }
    return try body(stage)
  }

  private func named(_ loss: String) -> String { "require('swerve.hierarchy.\(loss)') {}" }

  private func last(_ record: TrainingRecord, _ name: String) throws -> Float {
    let step = try #require(record.records.last)
    return try #require(step.metrics.first { $0.name == name }?.value)
  }

  @Test func scalesTheVectorsOfTexts() throws {
    try stage(Self.scripts(seed: 1), Self.script(named("bce"))) { stage in
      let runner = ShardRunner(stage.model.configuration, pool: stage.pool)
      for vector in rows(of: try DocumentScoring(runner).vectors(stage.model, stage.texts), width: 16) {
        #expect(abs(dot(vector, vector) - 4) < 1e-5)
      }
    }
  }

  @Test(arguments: losses)
  func computesTheGradientOfTheObjective(loss: String) throws {
    try stage(Self.scripts(seed: 2), Self.script(named(loss))) { stage in
      let objective = try stage.objective()
      var random = TestRandom(2, "tests/weights")
      let weights = random.normals(objective.count)
      let gradient = try objective.value(weights, coefficients: [], "here").gradient
      for index in stride(from: 0, to: objective.count, by: 7) {
        func total(_ change: Float) throws -> Double {
          var moved = weights
          moved[index] += change
          return try objective.value(moved, coefficients: [], "here").total
        }
        let slope = (try total(0.03125) - total(-0.03125)) / 0.0625
        #expect(abs(slope - Double(gradient[index])) < 1e-3 * max(1, abs(slope)), "\(loss), \(index)")
      }
    }
  }

  /// A loss makes tensors of (documents, labels), and a script has a limit of memory. The slope is along one direction.
  @Test(arguments: losses + ["focal"])
  func fitsATreeOfManyLabels(loss: String) throws {
    let (labels, documents) = (1200, 700)
    #expect(HeadObjective.together(labels: labels) < documents, "one piece tries nothing")
    var scripts = ClassificationScripts()
    let groups = 30
    let children = (0..<groups).map { group in
      "g\(group)" + (1..<labels / groups).map { "\tg\(group)n\($0)" }.joined() + "\n"
    }
    scripts.taxonomy = "root" + (0..<groups).map { "\tg\($0)" }.joined() + "\n" + children.joined()
    var random = TestRandom(8, "tests/labels")
    scripts.train = (0..<documents).map { _ in
      let (group, leaf) = (random.within(0...groups - 1), random.within(1...labels / groups - 1))
      return "{\"text\": \"\(random.within(1...99))\", \"label\": [\"g\(group)\", \"g\(group)n\(leaf)\"]}\n"
    }.joined()
    try stage(scripts, Self.script(named(loss))) { stage in
      let objective = try stage.objective()
      let weights = random.normals(objective.count)
      let direction = random.normals(objective.count)
      let gradient = try objective.value(weights, coefficients: [], "here").gradient
      func total(_ step: Float) throws -> Double {
        try objective.value(zip(weights, direction).map { $0 + step * $1 }, coefficients: [], "here").total
      }
      let slope = (try total(0.015625) - total(-0.015625)) / 0.03125
      #expect(abs(slope - Double(dot(gradient, direction))) < 2e-3 * max(1, abs(slope)), "\(loss): \(slope)")
    }
  }

  @Test func takesFewerDocumentsTogetherWithMoreLabels() {
    let expected = [(1, 1024), (512, 1024), (513, 512), (1186, 256), (1 << 19, 1), (1 << 20, 1)]
    for (labels, documents) in expected { #expect(HeadObjective.together(labels: labels) == documents) }
  }

  /// Squared errors have an optimum in closed form: ridge regression with free biases.
  @Test(arguments: [1, 2] as [UInt64])
  func reachesTheOptimumOfRidgeRegression(seed: UInt64) throws {
    let loss =
      "{ probabilities = 'sigmoid', compute = function(t) return (t.logits - t.target):square():vocab_sum():mean() / 2 end }"
    try stage(Self.scripts(seed: seed), Self.script(loss)) { stage in
      let runner = ShardRunner(stage.model.configuration, pool: stage.pool)
      let x = rows(of: try DocumentScoring(runner).vectors(stage.model, stage.texts), width: 16)
        .map { $0.map(Double.init) + [1] }
      let n = Double(x.count)
      let (record, weights) = try stage.fit()
      // In Float, rounding may end the fit a little before its tolerance does.
      let reason = try #require(record.records.last?.stopped)
      #expect(
        reason.contains("no element of the gradient is larger than") || reason.contains("more than its rounding"))
      let labels = stage.plan.tree.count
      for label in 0..<labels {
        let target = stage.plan.training.documents.map { $0.labels.contains(label) ? 1.0 : 0 }
        let matrix = (0..<17).map { i in
          (0..<17).map { j in x.reduce(0.0) { $0 + $1[i] * $1[j] } / n + (i == j && i < 16 ? 1e-2 : 0) }
        }
        let right = (0..<17).map { i in zip(x, target).reduce(0.0) { $0 + $1.0[i] * $1.1 } / n }
        let found = Array(weights[label * 16..<(label + 1) * 16]) + [weights[labels * 16 + label]]
        for (own, expected) in zip(found, solve(matrix, right)) { #expect(abs(Double(own) - expected) < 1e-3) }
      }
    }
  }

  /// Gauss's elimination with the largest pivot.
  private func solve(_ matrix: [[Double]], _ right: [Double]) -> [Double] {
    var rows = zip(matrix, right).map { $0 + [$1] }
    let n = rows.count
    for column in 0..<n {
      let pivot = (column..<n).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
      rows.swapAt(column, pivot)
      for row in 0..<n where row != column {
        let factor = rows[row][column] / rows[column][column]
        for j in column...n { rows[row][j] -= factor * rows[column][j] }
      }
    }
    return rows.indices.map { rows[$0][n] / rows[$0][$0] }
  }

  /// The optimum depends on no order of documents and on nothing of the solver.
  @Test(arguments: losses)
  func hasOneOptimum(loss: String) throws {
    var scripts = Self.scripts(seed: 3)
    let first = try stage(scripts, Self.script(named(loss))) { try last($0.fit().record, "objective") }
    scripts.train = scripts.train.split(separator: "\n").reversed().joined(separator: "\n") + "\n"
    let second = try stage(scripts, Self.script(named(loss), "{ l2 = 1e-2, tolerance = 1e-6, history = 3 }")) {
      try last($0.fit().record, "objective")
    }
    #expect(abs(first - second) < 1e-5 * first, "\(first), \(second)")
  }

  /// With free biases, logit adjustment moves these by log nu and nothing else (shared property of the two optima).
  @Test func findsTheSameOptimumWithAdjustedLogits() throws {
    let scripts = Self.scripts(seed: 4)
    let plain = try stage(scripts, Self.script(named("conditional_softmax"))) { try $0.fit() }
    let (adjusted, logs) = try stage(scripts, Self.script(named("logit_adjusted"))) {
      (try $0.fit(), $0.plan.priors.logs)
    }
    #expect(abs(try last(plain.record, "objective") - last(adjusted.record, "objective")) < 1e-5)
    let biases = 16 * logs.count
    for index in 0..<biases { #expect(abs(plain.weights[index] - adjusted.weights[index]) < 1e-3) }
    // Biases of siblings are free up to a constant: a is of label 0 and 1 under the root, and of 2 and 3 under label 0.
    for (a, b) in [(0, 1), (2, 3)] {
      func between(_ weights: [Float]) -> Float { weights[biases + a] - weights[biases + b] }
      #expect(abs(between(plain.weights) - (between(adjusted.weights) + logs[a] - logs[b])) < 2e-3)
    }
  }

  @Test func recordsWhatAStepDid() throws {
    try stage(Self.scripts(seed: 6), Self.script(named("champ"), "{ steps = 3, tolerance = 1e-9 }")) { stage in
      let record = try stage.fit().record
      #expect(record.records.map(\.step) == [1, 2, 3])
      #expect(
        record.records[0].metrics.map(\.name) == [
          "loss", "objective", "grad_norm", "grad_max", "step_size", "evaluations", "documents",
        ])
      let objectives = record.records.compactMap { $0.metrics.first { $0.name == "objective" }?.value }
      #expect(objectives == objectives.sorted(by: >) && objectives.count == 3)
      for step in record.records {
        for metric in step.metrics { #expect(stage.plan.metricNames.mayHold(metric.name), "\(metric.name)") }
      }
    }
  }

  @Test(arguments: [
    ("trained = 'all', fit = {}", "option 'fit' of swerve.classify fits the head alone, and needs trained = \"head\""),
    ("trained = 'head', fit = {}, lr = 1e-3", "option 'lr' of swerve.classify has no meaning with `fit`"),
    ("trained = 'head', fit = {}, epochs = 2", "option 'epochs' of swerve.classify has no meaning with `fit`"),
    ("trained = 'head', fit = {}, decay = 0", "option 'decay' of swerve.classify has no meaning with `fit`"),
    ("trained = 'head'", "option 'lr' of swerve.classify is required without `fit`"),
    ("trained = 'head', fit = { l2 = -1 }", "option 'fit.l2' must be"),
    ("lr = 1, vector_norm = 0", "option 'vector_norm' must be"),
  ])
  func rejectsOptionsThatDoNotGoTogether(_ options: String, _ message: String) {
    let scripts = ClassificationScripts()
    let error = scripts.failure(
      "return swerve.classify { from = 'm.gguf', hierarchy = swerve.hierarchy 't.tsv', train = swerve.data 'train.jsonl', "
        + "loss = require('swerve.hierarchy.bce') {}, \(options) }")
    #expect(error?.message.contains(message) ?? false, "\(String(describing: error))")
  }
}
