import SwerveModel
import SwerveTensor
import SwerveText

/// Classification of texts into a tree of labels, by a head on an encoder or a decoder (Plaud et al. 2024, arXiv
/// 2410.01305).
package struct ClassifyPlan {
  package var name: String
  package var source: ModelSource
  package var tree: LabelTree
  /// The taxonomy as its file has it; checkpoints hold it.
  package var taxonomy: String
  package var tokenizer: any Tokenizer
  package var training: DocumentSet
  /// What is evaluated, in this order.
  package var evaluated: [DocumentSet]
  package var loss: any ClassificationLoss
  /// What the loss makes of logits.
  package var probabilities: LabelProbabilities.Kind
  /// By the names that metrics have.
  package var rules: [(name: String, rule: any InferenceRule)]
  package var pooling: Classifier.Pooling
  /// Texts' vectors are scaled to this Euclidean norm; nil: they are not.
  package var vectorNorm: Float?
  /// What stays as it is in the source; nil: nothing.
  package var frozen: FrozenPart?
  /// How the head is fitted to all documents at once, where the body is frozen; nil: it is trained batch by batch.
  package var fit: HeadFit?
  package var epochs: Int
  /// Documents in a step.
  package var batch: Int
  /// The most tokens of a text; longer ones are cut at their end.
  package var length: Int
  /// Shuffled documents are sorted by length within blocks of this size before they are cut into batches, so that texts of a
  /// batch are of similar length; 1: they are not.
  package var sorted: Int
  package var learningRate: Schedule
  /// Nil: that of the encoder.
  package var headLearningRate: Schedule?
  package var coefficients: [(name: String, schedule: Schedule)]
  package var optimizer: AdamW.Options
  /// The most gradient lanes, which decides bits; nil: by the model's size (`GradientLanes`).
  package var lanes: Int?
  package var ending = StageEnding()
  /// Steps between evaluations; nil: an epoch. There is one after the last step in any case.
  package var evaluateEvery: Int?
  /// The seed of every random number of the stage; nil: the run's seed.
  package var seed: UInt64?
  /// After which steps the weights are hashed.
  var digests = DigestPacing()
  /// The state of the stage's hooks.
  package var state: (any StageState)?

  package init(
    name: String, source: ModelSource, tree: LabelTree, taxonomy: String,
    tokenizer: any Tokenizer, training: DocumentSet, evaluated: [DocumentSet], loss: any ClassificationLoss,
    probabilities: LabelProbabilities.Kind, rules: [(name: String, rule: any InferenceRule)],
    pooling: Classifier.Pooling, epochs: Int, batch: Int, length: Int, sorted: Int, learningRate: Schedule,
    headLearningRate: Schedule?, coefficients: [(name: String, schedule: Schedule)], optimizer: AdamW.Options
  ) {
    (self.name, self.source) = (name, source)
    (self.tree, self.taxonomy, self.tokenizer) = (tree, taxonomy, tokenizer)
    (self.training, self.evaluated) = (training, evaluated)
    (self.loss, self.probabilities, self.rules) = (loss, probabilities, rules)
    (self.pooling, self.epochs, self.batch) = (pooling, epochs, batch)
    (self.length, self.sorted) = (length, sorted)
    (self.learningRate, self.headLearningRate) = (learningRate, headLearningRate)
    (self.coefficients, self.optimizer) = (coefficients, optimizer)
  }
}

extension ClassifyPlan: Stage {
  package static let kind = StageKind.classify

  package var taskName: String { tree.rootName }
  package var evaluation: EvaluationPlan? { nil }
  package var evaluationTemperature: Float? { nil }
  package var stepsBetweenEvaluations: Int { evaluated.isEmpty ? 1 : every }
  package var stepsInEpoch: Int { (training.documents.count + batch - 1) / batch }
  package var steps: Int { fit?.steps ?? epochs * stepsInEpoch }
  package var stepSummary: String {
    if fit != nil { return "all \(training.documents.count) documents, the head only, by L-BFGS" }
    let part = frozen.map { $0 == .body ? ", the head only" : ", without token vectors" } ?? ""
    return "\(batch) documents\(part)"
  }
  package var contextAdvice: String { "set `length` to at most the model's context: longer texts are cut" }

  package var metricNames: MetricNames {
    MetricNames(
      kind: Self.kind,
      [
        .own: .open, .coefficient: .known(coefficients.map(\.name)), .set: .known(evaluated.map(\.name)),
        .rule: .known(rules.map(\.name)), .depth: .known((1...tree.deepest).map { "\($0)" }),
      ],
      without: fit == nil
        ? ["objective", HeadFitting.largest, "step_size", "evaluations"] : ["lr", "head_lr", "tokens"])
  }

  package var schedules: [(option: String, schedule: Schedule)] {
    (fit == nil ? [("lr", learningRate)] + (headLearningRate.map { [("head.lr", $0)] } ?? []) : [])
      + coefficients.map { ("coefficients.\($0.name)", $0.schedule) }
  }

  package func longestTexts() throws -> [LongestText] {
    [LongestText("`length` lets texts have \(length) tokens", tokens: length)]
  }

  /// Of the first texts of each set.
  package func cost(seed: UInt64) throws -> StageCost {
    var cost = StageCost()
    let mean = try meanLength(training)
    // A fit computes the vectors of all documents once.
    if fit == nil {
      cost.trained = Double(epochs * training.documents.count) * mean
    } else {
      cost.scored = Double(training.documents.count) * mean
    }
    cost.textLength = Int(mean.rounded(.up))
    cost.answerLength = 0
    cost.textsInStep = batch
    let evaluations = Double((steps + every - 1) / every)
    for set in evaluated { cost.scored += evaluations * Double(set.documents.count) * (try meanLength(set)) }
    return cost
  }

  private func meanLength(_ set: DocumentSet) throws -> Double {
    let drawn = DocumentSet(name: set.name, documents: Array(set.documents.prefix(TextLengths.draws)))
    if drawn.documents.isEmpty { return 0 }
    let texts = try EncodedDocuments(drawn, tokenizer: tokenizer, limit: length).texts
    return Double(texts.reduce(0) { $0 + $1.count }) / Double(texts.count)
  }

  package func size(_ cost: StageCost, source: ModelConfiguration, threads: Int) -> StageSize {
    var trained = configuration(of: source)
    trained.frozen = frozen
    let model = MemoryEstimate(trained, threads: threads)
    return StageSize(
      model,
      memory: model.training(texts: batch, length: max(1, cost.textLength), outputs: 0, keeps: true) + model.basePanels,
      keepsBest: ending.best != nil)
  }

  /// Documents of each evaluated set whose texts are among those of training, byte for byte.
  package func overlaps(seed: UInt64) -> [ProblemOverlap] {
    let known = Set(training.documents.lazy.map { ExactString($0.text) })
    return evaluated.map { set in
      ProblemOverlap(
        set: set.name, problems: set.documents.count,
        repeated: set.documents.count { known.contains(ExactString($0.text)) }, compared: training.documents.count,
        drawn: training.documents.count)
    }
  }

  package var notes: [String] {
    let unseen = priors.unseen.count
    let labels = unseen == 1 ? "1 label has" : "\(unseen) labels have"
    let unseenNote = unseen == 0 ? [] : ["\(labels) no training document; each counts as one in `log_prior`"]
    return unseenNote
      + ([training] + evaluated).compactMap { set in
        let encoded = try? EncodedDocuments(set, tokenizer: tokenizer, limit: length)
        return encoded.flatMap { Self.texts(set, $0).remark(limit: length) }
      }
  }

  private static func texts(_ set: DocumentSet, _ encoded: EncodedDocuments) -> ClassificationInput.Texts {
    ClassificationInput.Texts(set: set.name, documents: set.documents.count, cut: encoded.cut)
  }

  /// What the stage reads.
  func input(
    _ encoded: EncodedDocuments, _ sets: [(set: DocumentSet, encoded: EncodedDocuments)]
  ) -> ClassificationInput {
    ClassificationInput(
      texts: [Self.texts(training, encoded)] + sets.map { Self.texts($0.set, $0.encoded) }, limit: length,
      labels: tree.names.map { ExactString($0) }, parents: tree.parent)
  }

  /// O(documents).
  var priors: LabelPriors { LabelPriors(tree, documents: training.documents.map(\.labels)) }

  /// Steps between evaluations.
  var every: Int { evaluateEvery ?? (fit == nil ? stepsInEpoch : steps) }

  package func shape(from source: ModelConfiguration) throws(ModelError) -> ModelConfiguration {
    let shape = configuration(of: source)
    try shape.check()
    return shape
  }

  private func configuration(of source: ModelConfiguration) -> ModelConfiguration {
    var configuration = source
    (configuration.valueHeadWidth, configuration.adapters, configuration.frozen) = (0, nil, nil)
    configuration.classifier = Classifier(
      labels: tree.count, pooling: pooling, taxonomy: taxonomy, probabilities: probabilities.rawValue, length: length,
      vectorNorm: vectorNorm)
    return configuration
  }

  /// The loss and the inference rules, on the first documents and made-up scores.
  package func tryHooks(seed: UInt64, pool: WorkerPool) throws {
    let documents = Array(training.documents.prefix(2))
    var cursor = RandomStream(seed: self.seed ?? seed, purpose: "check/scores").cursor(step: 0, row: 0)
    let logits = (0..<documents.count * tree.count).map { _ in cursor.normal() }
    let columns = DocumentColumns(documents, tree: tree, priors: priors) { logits }
    let coefficients = try coefficients.map { Metric($0.name, try $0.schedule.value(1, [])) }
    _ = try loss.loss(columns, coefficients: coefficients, step: 1)
    let row = LabelProbabilities(probabilities, tree).row(logits[..<tree.count])
    for (_, rule) in rules { _ = try rule.labels(row) }
  }

  package func run(
    in environment: StageEnvironment, _ observer: any TrainingObserver, from resumption: StageResumption?
  ) throws -> LoadedModel {
    let seed = seed ?? environment.seed
    guard let source = environment.source else {
      throw ModelError("stage \(name) has no model to start from")
    }
    let base = source.model.merged()
    var shape = try self.shape(from: base.configuration)
    shape.frozen = frozen
    let model = frozen == nil ? Transformer(shape, mode: environment.mode) : Transformer(shape, on: base)
    let missing = model.load(from: base)
    // A head for other labels may have the same shape.
    let keepsHead =
      base.configuration.classifier.map {
        $0.taxonomy === taxonomy && $0.pooling == pooling && $0.vectorNorm == vectorNorm
      } ?? false
    model.initialize(RandomStream(seed: seed, purpose: "classify/weights")) {
      missing.containsExactly($0.name) || $0.role.isClassifier && !keepsHead
    }
    if let fit {
      // The optimum depends on no start: a fit begins at zero and needs no seed.
      if !keepsHead { model.zeroClassifier() }
      try HeadFitting(plan: self, fit: fit, model: model, pool: environment.pool).run(observer, from: resumption)
      return LoadedModel(model: model.merged(), tokenizer: tokenizer, origin: source.origin)
    }
    try Classification(self, model: model, pool: environment.pool, seed: seed, clock: environment.clock)
      .run(observer, from: resumption)
    return LoadedModel(model: model.merged(), tokenizer: tokenizer, origin: source.origin)
  }
}
