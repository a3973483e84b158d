import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveText

/// What training changed in a stage: the results of its evaluations before the first step and after the one that gives
/// the stage's result, by the names of the metrics.
package struct StageEvaluation: Sendable {
  /// One number of an evaluation.
  package struct Measured: Equatable, Sendable {
    package let step: Int
    package let value: Float
    /// nil for a number that is not a rate over a known number of episodes.
    package let interval: RateInterval?
  }

  package let stage: StageInfo
  /// Every metric that an evaluation has, in the order of the record.
  package let metrics: [String]
  private let first: StepLine?
  private let last: StepLine?
  /// Whether the stage came to its end, which may be an early one.
  private let hasEnded: Bool
  /// The temperature of the first step that has one, which is also the temperature before that step.
  private let firstTemperature: Float?

  /// - Parameter steps: the steps of a run, in order; steps of other stages are ignored.
  package init(_ stage: StageInfo, _ steps: [StepLine]) {
    let own = steps.filter { $0.stage === stage.name }
    let evaluated = own.filter(\.isEvaluated)
    self.stage = stage
    metrics = evaluated.flatMap { $0.metrics.map(\.name) }.distinct.filter(StepLine.isEvaluation)
    first = evaluated.first { $0.step == 0 }
    let hasEnded = own.contains { $0.step == stage.steps || $0.stopped != nil }
    self.hasEnded = hasEnded
    // The best step gives the result only when the stage has ended.
    var best = hasEnded ? stage.best.map { BestStep(by: $0) } : nil
    for line in own { best?.add(step: line.step, line.metrics) }
    let kept = best?.found.flatMap { found in evaluated.first { $0.step == found.step } }
    // A run that was stopped before its second evaluation has no evaluation after training.
    last = kept ?? evaluated.last { $0.step > 0 }
    firstTemperature = own.lazy.compactMap(Self.temperature).first
  }

  /// The weights of the evaluation before the first step; nil if there was none.
  package var startWeights: String? { first?.weights }

  /// nil if the metric was not measured before the first step.
  package func before(_ metric: String) -> Measured? { measured(metric, first) }

  /// The value in the last evaluation, which may not be at the last step if the stage was stopped, or in that of the best
  /// step, where the stage keeps it; nil if that evaluation did not measure the metric.
  package func after(_ metric: String) -> Measured? { measured(metric, last) }

  /// The same value; nil for a stage that has not ended.
  func end(_ metric: String) -> Float? { hasEnded ? after(metric)?.value : nil }

  /// The number of episodes of a rate's set; nil for other metrics, and for records without this number.
  package func episodes(_ metric: String) -> Int? {
    stage.evaluation?.sets.first { MetricTable.rates(ofSet: $0.set).containsExactly(metric) }?.episodes
  }

  /// The interval of a value that the metric had at some step.
  package func interval(_ metric: String, _ value: Float) -> RateInterval? {
    episodes(metric).flatMap { RateInterval(rate: value, count: $0) }
  }

  private func measured(_ metric: String, _ line: StepLine?) -> Measured? {
    guard let line, let value = line.metrics.first(where: { $0.name === metric })?.value else { return nil }
    return Measured(step: line.step, value: value, interval: interval(metric, value))
  }

  // MARK: How tokens were chosen

  /// tau of the evaluation before the first step; nil for greedy evaluations and if the record does not have it.
  package var temperatureBefore: Float? { first == nil ? nil : temperature(or: firstTemperature) }
  /// tau of the last evaluation.
  package var temperatureAfter: Float? { last.flatMap { temperature(or: Self.temperature($0)) } }

  private func temperature(or stepsOwn: Float?) -> Float? {
    guard let info = stage.evaluation, !info.greedy else { return nil }
    return info.temperature ?? stepsOwn
  }

  private static func temperature(_ line: StepLine) -> Float? {
    line.metrics.first { $0.name == "temperature" }?.value
  }

  /// "greedy", "sampled at temperature 1", "sampled at temperature 1 before, 0.5 after"; nil if the record does not
  /// have it.
  package var mode: String? {
    guard let info = stage.evaluation else { return nil }
    if info.greedy { return "greedy" }
    let (before, after) = (temperatureBefore.map(Self.text), temperatureAfter.map(Self.text))
    if let before, let after, before !== after { return "sampled at temperature \(before) before, \(after) after" }
    return (after ?? before).map { "sampled at temperature \($0)" } ?? "sampled"
  }

  private static func text(_ temperature: Float) -> String {
    let text = ExactText.text(temperature)
    return text.start(before: ".0") ?? text
  }

  // MARK: Text and JSON

  /// "0.325 [0.26, 0.39]", with three decimals (the record has every digit). "(step 4)" is added if that is not the
  /// planned end. "-" if it was not measured.
  package func text(before metric: String) -> String { before(metric).map(Self.text) ?? "-" }

  package func text(after metric: String) -> String {
    guard let measured = after(metric) else { return "-" }
    return Self.text(measured) + remark(measured)
  }

  /// " (step 4)" for what was measured at another step than the planned end.
  func remark(_ measured: Measured) -> String { measured.step == stage.steps ? "" : " (step \(measured.step))" }

  private static func text(_ measured: Measured) -> String {
    let interval = measured.interval.map { " " + text($0) } ?? ""
    return DisplayNumber.fixed(Double(measured.value), decimals: 3) + interval
  }

  /// Two decimals, or more for a narrow interval.
  package static func text(_ interval: RateInterval) -> String { text(low: interval.low, high: interval.high) }

  /// Of the ends of an interval: so many that they differ in two digits, but not fewer than two.
  static func decimals(low: Double, high: Double) -> Int {
    switch high - low {
    case 0: 3
    case ..<0.0005: 5
    case ..<0.005: 4
    case ..<0.05: 3
    default: 2
    }
  }

  static func text(low: Double, high: Double) -> String {
    let decimals = decimals(low: low, high: high)
    return "[\(DisplayNumber.fixed(low, decimals: decimals)), \(DisplayNumber.fixed(high, decimals: decimals))]"
  }

  package var json: JSONValue {
    [
      "stage": .string(stage.name),
      "mode": stage.evaluation.map { $0.greedy ? "greedy" : "sampled" } ?? .null,
      "temperature_before": .float(temperatureBefore), "temperature_after": .float(temperatureAfter),
      "metrics": .object(metrics.map { JSONMember($0, json($0)) }),
    ]
  }

  private func json(_ metric: String) -> JSONValue {
    let (before, after) = (before(metric), after(metric))
    return [
      "before": .float(before?.value), "after": .float(after?.value),
      "before_step": before.map { .integer($0.step) } ?? .null, "after_step": after.map { .integer($0.step) } ?? .null,
      "episodes": episodes(metric).map { .integer($0) } ?? .null,
      "before_interval": before?.interval?.json ?? .null, "after_interval": after?.interval?.json ?? .null,
    ]
  }
}
