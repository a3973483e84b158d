import SwerveModel
import SwerveTensor
import SwerveText

extension FinetunePlan: TaskStage {
  package static let kind = StageKind.finetune

  package var steps: Int { updates }
  package var evaluationTemperature: Float? { nil }

  package var metricNames: MetricNames {
    var values: [MetricVariable: MetricNames.Values] = [
      .part: objective.parts.map { .known($0) } ?? .open,
      .estimator: .known(KLEstimator.allCases.map(\.rawValue) + ["full"]),
      .percent: .known(MetricTable.percents.map { "\($0)" }),
      .coefficient: .known(["kl", "vf", "entropy"] + extraCoefficients.map(\.name)),
    ]
    if objective.parts == nil { values[.own] = .open }
    if kl.rule != nil { values[.number] = .open }
    if log != nil { values[.name] = .open }
    return MetricNames(kind: Self.kind, evaluated(values))
  }

  package var schedules: [(option: String, schedule: Schedule)] {
    var list = [("lr", learningRate)]
    if let critic = criticLearningRate { list.append(("critic.lr", critic)) }
    list += [
      ("temperature", temperature), ("vf", valueCoefficient), ("entropy", entropyCoefficient),
      ("kl.coef", kl.coefficient),
    ]
    list += (kl.rule?.schedules ?? []).map { ("kl.rule.\($0.name)", $0.schedule) }
    return list + extraCoefficients.map { ("coefficients.\($0.name)", $0.schedule) }
  }

  package func longestTexts() throws -> [LongestText] { try longestTexts(of: [.training]) }

  package func cost(seed: UInt64) throws -> StageCost {
    let lengths = TextLengths(task, seed: seed)
    let (prompt, answer) = try lengths.episode(.training)
    let episodes = Double(updates * self.episodes)
    var cost = StageCost()
    cost.collected = episodes * answer
    cost.scored = episodes * (prompt + answer)
    cost.trained = cost.scored * Double(epochs)
    cost.sampled = cost.scored
    cost.textLength = Int((prompt + answer).rounded(.up))
    cost.answerLength = Int(answer.rounded(.up))
    cost.textsInStep = minibatch
    cost.textsSampledTogether = self.episodes
    try cost.addEvaluations(evaluation, steps: updates, lengths)
    return cost
  }

  package func size(_ cost: StageCost, source: ModelConfiguration, threads: Int) -> StageSize {
    let policy = MemoryEstimate(policyShape(from: source), threads: threads)
    let reference = MemoryEstimate(source, threads: threads)
    let tokens = episodes * cost.answerLength
    let (length, answer) = (cost.textLength, cost.answerLength)
    var memory = policy.training(texts: minibatch, length: length, outputs: answer, keeps: true)
    memory += max(policy.sampling(texts: episodes, length: length), evaluation?.memory(cost, policy) ?? 0)
    memory += reference.forward(texts: episodes, length: length, outputs: answer)
    // Tables of the vocabulary's size: logits of the sampler and the reference's log-probabilities; in the update, the
    // policy's logits for losses that may read them.
    memory += 2 * keptRows(tokens, policy) + (objective.readsLogits ? policy.rows(tokens: minibatch * answer) : 0)
    if referenceSync != nil { memory += reference.weights + reference.panels }
    return StageSize(policy, memory: memory, keepsBest: ending.best != nil)
  }

  package var stepSummary: String {
    let penalty = "\(kl.variant?.wrappedValue ?? kl.estimator?.rawValue ?? "full") in the \(kl.location.rawValue)"
    let passes = epochs == 1 ? "" : " x \(epochs)"
    return "\(episodes) episodes by \(minibatch)\(passes), KL \(penalty)\(kl.rule == nil ? "" : " with a rule")"
      + (adapters.map { ", \($0.summary)" } ?? "")
  }

  package var notes: [String] {
    guard episodes % minibatch != 0 else { return [] }
    let whole = episodes / minibatch
    let rest = episodes % minibatch
    return [
      "stage '\(name)': minibatch = \(minibatch) does not divide episodes = \(episodes): after \(whole) of "
        + "\(minibatch), the last minibatch of each epoch has \(rest), and it makes a whole step of the optimizer, too"
    ]
  }

  package func run(
    in environment: StageEnvironment, _ observer: any TrainingObserver, from resumption: StageResumption?
  ) throws -> LoadedModel {
    guard let source = environment.source else {
      throw ModelError("stage \(name) has no model to start from: set `from` to a stage or a checkpoint file")
    }
    // Where adapters end, policy and reference both start from the merged model.
    let start = adapters == nil ? source.model.merged() : source.model
    let policy = policy(from: start, mode: environment.mode, seed: environment.seed)
    // Other stages start from the source, so a reference that moves is a copy.
    let reference = referenceSync == nil ? start : start.copy()
    try FineTuning(
      self, policy: policy, reference: reference, pool: environment.pool, seed: environment.seed,
      clock: environment.clock
    ).run(observer, from: resumption)
    return LoadedModel(model: policy, tokenizer: tokenizer, origin: source.origin)
  }

  /// The policy that the stage begins with: the source with a critic, whose tensors are new where the source has none.
  func policy(from source: Transformer, mode: MathMode, seed: UInt64) -> Transformer {
    source.trained(adapters, valueHeadWidth: criticWidth, mode: mode, seed: seed)
  }

  private func policyShape(from source: ModelConfiguration) -> ModelConfiguration {
    var configuration = source
    (configuration.valueHeadWidth, configuration.adapters) = (criticWidth, adapters)
    return configuration
  }
}
