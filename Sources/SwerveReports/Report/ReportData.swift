import SwerveRL
import SwerveRecords
import SwerveText

/// A number of a series: the mean over seeds with Student's interval, or the rate of one seed with Wilson's interval.
struct Estimate: Equatable {
  let value: SeedMean
  let rate: RateInterval?
  /// The number of runs of the series. Some of them may lack the value.
  let runs: Int

  var mean: Double { value.mean }
  var hasInterval: Bool { rate != nil || value.halfWidth != nil }
  var low: Double { rate?.low ?? mean - (value.halfWidth ?? 0) }
  var high: Double { rate?.high ?? mean + (value.halfWidth ?? 0) }
}

/// Runs of one or more scripts, grouped into series.
struct ReportData {
  /// One stage of a series of runs.
  struct Series {
    let label: String
    let stage: String
    /// Whether it is pre-training, whose results stand apart.
    let makesBaseModel: Bool
    /// The runs that have the stage, sorted by seed.
    let runs: [RecordedRun]
    /// The evaluations of the stage in each run, in the order of the runs.
    let evaluations: [StageEvaluation]
    /// The numbers of the last steps of the runs, each once.
    let lastSteps: [Int]
    /// The metrics of all runs, in the order of the record.
    let metrics: [String]
    /// For each metric and step, the value and the index of each run that has one.
    private let values: [ExactString: [Int: [(run: Int, value: Float)]]]

    init(label: String, stage: StageInfo, runs: [RecordedRun]) {
      self.label = label
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
      let steps = having.map { run in run.recorded.steps.filter { $0.stage === stage.name } }
      lastSteps = steps.map { $0.last?.step ?? 0 }.distinct.sorted()
      metrics = steps.lazy.joined().flatMap(\.metrics).lazy.map(\.name).distinct
      var values: [ExactString: [Int: [(run: Int, value: Float)]]] = [:]
      for (run, lines) in steps.enumerated() {
        for line in lines {
          for metric in line.metrics {
            guard let value = metric.value else { continue }
            values[ExactString(metric.name), default: [:]][line.step, default: []].append((run, value))
          }
        }
      }
      self.values = values
    }

    var seeds: [UInt64] { runs.map(\.manifest.inputs.seed) }

    /// The steps at which some run has a value of the metric, in order.
    func steps(of metric: String) -> [Int] { values[ExactString(metric)].map { $0.keys.sorted() } ?? [] }

    /// The values of a metric at a step, one for each run that has it.
    func values(_ metric: String, step: Int) -> [Double] {
      values[ExactString(metric)]?[step]?.map { Double($0.value) } ?? []
    }

    /// nil if no run has a value there.
    func estimate(_ metric: String, step: Int) -> Estimate? {
      let found = values[ExactString(metric)]?[step] ?? []
      return estimate(found.map(\.value)) { evaluations[found[0].run].interval(metric, found[0].value) }
    }

    /// The estimate before the first step, over the runs that measured the metric there.
    func before(_ metric: String) -> Estimate? {
      let found = evaluations.compactMap { $0.before(metric) }
      return estimate(found.map(\.value)) { found[0].interval }
    }

    /// The estimate from the last evaluation of each run that has one after its first step.
    func after(_ metric: String) -> Estimate? {
      let found = evaluations.compactMap { $0.after(metric) }
      return estimate(found.map(\.value)) { found[0].interval }
    }

    /// - Parameter rate: the interval of a single value.
    private func estimate(_ found: [Float], rate: () -> RateInterval?) -> Estimate? {
      SeedMean(found.map(Double.init)).map { value in
        Estimate(value: value, rate: value.count == 1 ? rate() : nil, runs: runs.count)
      }
    }

    /// The differences at the end, this series minus the other, for each seed for which both measured the metric there.
    func differences(at metric: String, from other: Series) -> [Double] {
      paired(with: other).compactMap { own, theirs in
        guard let x = evaluations[own].end(metric), let y = other.evaluations[theirs].end(metric) else { return nil }
        return Double(x) - Double(y)
      }
    }

    /// The same for the means over the steps after step 0 at which both runs of a seed measured it.
    func meanDifferences(of metric: String, from other: Series) -> [Double] {
      let (steps, own, others) = (steps(of: metric), byRun(metric), other.byRun(metric))
      return paired(with: other).compactMap { x, y in
        let differences = steps.compactMap { step in
          if step > 0, let a = own[x]?[step], let b = others[y]?[step] { Double(a) - Double(b) } else { nil }
        }
        return differences.isEmpty ? nil : SeedMean.mean(differences)
      }
    }

    private func byRun(_ metric: String) -> [Int: [Int: Float]] {
      var result: [Int: [Int: Float]] = [:]
      for (step, found) in values[ExactString(metric)] ?? [:] {
        for (run, value) in found { result[run, default: [:]][step] = value }
      }
      return result
    }

    /// The indices in both series of the runs with the same seed.
    private func paired(with other: Series) -> [(own: Int, theirs: Int)] {
      let theirs = Dictionary(zip(other.seeds, other.seeds.indices)) { first, _ in first }
      return seeds.enumerated().compactMap { own, seed in theirs[seed].map { (own, $0) } }
    }
  }

  /// All with different inputs.
  let runs: [RecordedRun]
  /// All runs grouped into series, complete or not.
  let all: [RunSeries]
  let series: [Series]

  /// Runs that are not complete are listed but not used in means, because their missing steps would look like a result.
  var unfinished: [RecordedRun] { runs.filter { $0.state != .complete } }

  /// - Parameter runs: runs with different inputs, complete or not. If none is complete, the incomplete ones are shown.
  init(_ runs: [RecordedRun]) {
    self.runs = runs
    all = RunSeries.all(runs)
    let hasComplete = runs.contains { $0.state == .complete }
    let shown = all.compactMap { $0.only { $0.state == .complete || !hasComplete } }
    // If there is only one stage of this kind, its name is not shown next to its options.
    let tuned = shown.flatMap { $0.stages.filter { !$0.makesBaseModel }.map(\.name) }.distinct
    func label(_ series: String, _ stage: StageInfo) -> String {
      if series.isEmpty { return stage.name }
      return tuned.areExactly([stage.name]) ? series : "\(series) \(stage.name)"
    }
    series = shown.flatMap { series in
      series.stages.map { Series(label: label(series.label, $0), stage: $0, runs: series.runs) }
    }
  }

  /// The series of fine-tuning are compared. In a report with pre-training only, the series of pre-training are.
  var compared: [Series] {
    let tuned = series.filter { !$0.makesBaseModel }
    return tuned.isEmpty ? series : tuned
  }

  /// The other series: pre-training, if something is fine-tuned.
  var uncompared: [Series] {
    let base = series.filter(\.makesBaseModel)
    return base.count < series.count ? base : []
  }

  /// The metrics of the compared series, in the order of the record.
  func metrics(where isWanted: (String) -> Bool) -> [String] {
    compared.flatMap(\.metrics).filter(isWanted).distinct
  }
}
