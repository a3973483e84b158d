import SwerveRL
import SwerveRecords
import SwerveText

extension ReportData {
  /// One stage of a series of runs. Its numbers are over seeds: where several runs have the same seed, their mean counts
  /// for the seed.
  struct Series {
    let label: String
    /// What the label is made of, and the names of script and stage.
    let parts: [String]
    let stage: String
    /// Whether it is pre-training, whose results stand apart.
    let makesBaseModel: Bool
    /// The runs that have the stage, sorted by seed.
    let runs: [RecordedRun]
    /// Each once, in order.
    let seeds: [UInt64]
    /// The evaluations of the stage in each run, in the order of the runs.
    let evaluations: [StageEvaluation]
    /// The numbers of the last steps of the runs, each once.
    let lastSteps: [Int]
    /// The metrics of all runs, in the order of the record.
    let metrics: [String]
    /// For each metric and run, in the order of the runs, the steps at which the run has a value.
    private let values: [ExactString: [[Point]]]

    /// A value of a run.
    private typealias Point = (step: Int, value: Float)
    /// A value and the index of the run that has it.
    private typealias Found = (run: Int, value: Float)

    init(label: String, parts: [String], stage: StageInfo, runs: [RecordedRun]) {
      self.label = label
      self.parts = parts
      self.stage = stage.name
      makesBaseModel = stage.makesBaseModel
      var having: [RecordedRun] = []
      var evaluations: [StageEvaluation] = []
      for run in runs {
        guard let own = run.manifest.stages.first(where: { $0.name === stage.name }) else { continue }
        having.append(run)
        evaluations.append(StageEvaluation(own, run.recorded.steps))
      }
      self.runs = having
      self.evaluations = evaluations
      seeds = having.map(\.manifest.inputs.seed).distinct
      let steps = having.map { run in run.recorded.steps.filter { $0.stage === stage.name } }
      lastSteps = steps.map { $0.last?.step ?? 0 }.distinct.sorted()
      metrics = steps.lazy.joined().flatMap(\.metrics).lazy.map(\.name).distinct
      var values: [ExactString: [[Point]]] = [:]
      for (run, lines) in steps.enumerated() {
        for line in lines {
          for metric in line.metrics {
            guard let value = metric.value else { continue }
            values[ExactString(metric.name), default: having.map { _ in [] }][run].append((line.step, value))
          }
        }
      }
      self.values = values
    }

    // MARK: Steps and values

    /// The steps at which some run has a value of the metric, in order.
    func steps(of metric: String) -> [Int] {
      let all = values[ExactString(metric)] ?? []
      // Most often all runs have a value at the same steps.
      let first = all.first?.map(\.step) ?? []
      if all.allSatisfy({ $0.lazy.map(\.step).elementsEqual(first) }) { return first }
      return all.lazy.joined().map(\.step).distinct.sorted()
    }

    /// The values of a metric at a step, one for each seed that has it.
    func values(_ metric: String, step: Int) -> [Double] { bySeed(found(metric, step: step)).map(\.value) }

    private func found(_ metric: String, step: Int) -> [Found] {
      (values[ExactString(metric)] ?? []).enumerated().compactMap { run, points in
        Self.value(points, at: step).map { (run: run, value: $0) }
      }
    }

    /// By bisection, because a run can have many steps.
    private static func value(_ points: [Point], at step: Int) -> Float? {
      var (low, high) = (0, points.count)
      while low < high {
        let middle = (low + high) / 2
        if points[middle].step < step { low = middle + 1 } else { high = middle }
      }
      return low < points.count && points[low].step == step ? points[low].value : nil
    }

    /// The mean of each seed's values, in the order of the seeds.
    private func bySeed(_ found: [Found]) -> [(seed: UInt64, value: Double)] {
      var result: [(seed: UInt64, values: [Double])] = []
      for (run, value) in found {
        let seed = runs[run].manifest.inputs.seed
        if result.last?.seed != seed { result.append((seed, [])) }
        result[result.count - 1].values.append(Double(value))
      }
      return result.map { ($0.seed, SeedMean.mean($0.values)) }
    }

    // MARK: Estimates

    /// nil if no run has a value there.
    func estimate(_ metric: String, step: Int) -> Estimate? {
      let found = found(metric, step: step)
      return estimate(found) { evaluations[found[0].run].interval(metric, found[0].value) }
    }

    /// The estimate before the first step, over the runs that measured the metric there; of a metric of training, at the
    /// first step that has it.
    func before(_ metric: String) -> Estimate? {
      let found = evaluations.indices.compactMap { run in before(metric, run).map { (run: run, value: $0.value) } }
      return estimate(found) { evaluations[found[0].run].interval(metric, found[0].value) }
    }

    /// The estimate from the last evaluation of each run that has one after its first step; of a metric of training, at
    /// the last step that has it.
    func after(_ metric: String) -> Estimate? {
      let found = evaluations.indices.compactMap { run in after(metric, run).map { (run: run, value: $0.value) } }
      return estimate(found) { evaluations[found[0].run].interval(metric, found[0].value) }
    }

    /// The steps at which `after` was measured, each once.
    func stepsAfter(_ metric: String) -> [Int] {
      evaluations.indices.compactMap { after(metric, $0)?.step }.distinct.sorted()
    }

    /// Whether every run measured it last at its last planned step.
    func isMeasuredAtTheEnd(_ metric: String) -> Bool {
      evaluations.indices.allSatisfy { run in
        after(metric, run).map { $0.step == evaluations[run].stage.steps } ?? !has(metric, run)
      }
    }

    /// The runs that have a value of the metric at any step.
    func measuring(_ metric: String) -> [Int] { evaluations.indices.filter { has(metric, $0) } }

    private func has(_ metric: String, _ run: Int) -> Bool {
      MetricTable.isEvaluation(metric)
        ? evaluations[run].metrics.containsExactly(metric) : values[ExactString(metric)]?[run].isEmpty == false
    }

    private func before(_ metric: String, _ run: Int) -> Point? {
      if MetricTable.isEvaluation(metric) { return evaluations[run].before(metric).map { ($0.step, $0.value) } }
      return values[ExactString(metric)]?[run].first
    }

    private func after(_ metric: String, _ run: Int) -> Point? {
      if MetricTable.isEvaluation(metric) { return evaluations[run].after(metric).map { ($0.step, $0.value) } }
      return values[ExactString(metric)]?[run].last
    }

    /// - Parameter rate: the interval of the value of a single run.
    private func estimate(_ found: [Found], rate: () -> RateInterval?) -> Estimate? {
      SeedMean(bySeed(found).map(\.value)).map { value in
        Estimate(value: value, rate: found.count == 1 ? rate() : nil, runs: seeds.count)
      }
    }

    // MARK: Differences

    /// The differences at the end, this series minus the other, for each seed for which both measured the metric there.
    func differences(at metric: String, from other: Series) -> [Double] {
      let theirs = other.ends(metric)
      return ends(metric).compactMap { own in
        theirs.first { $0.seed == own.seed }.map { own.value - $0.value }
      }
    }

    /// The values after the last planned step.
    private func ends(_ metric: String) -> [(seed: UInt64, value: Double)] {
      bySeed(
        evaluations.indices.compactMap { run in
          after(metric, run).flatMap { $0.step == evaluations[run].stage.steps ? (run: run, value: $0.value) : nil }
        })
    }

    /// The same for the means over the steps after step 0 at which both runs of a seed measured it.
    func meanDifferences(of metric: String, from other: Series) -> [Double] {
      let steps = steps(of: metric).filter { $0 > 0 }
      var differences = seeds.map { _ in [Double]() }
      for step in steps {
        let theirs = other.bySeed(other.found(metric, step: step))
        for own in bySeed(found(metric, step: step)) {
          guard let their = theirs.first(where: { $0.seed == own.seed }),
            let index = seeds.firstIndex(of: own.seed)
          else { continue }
          differences[index].append(own.value - their.value)
        }
      }
      return differences.filter { !$0.isEmpty }.map { SeedMean.mean($0) }
    }
  }
}
