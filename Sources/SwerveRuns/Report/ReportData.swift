import SwerveRL
import SwerveText

/// Runs of one or more scripts, brought into series: the same stage with the same options over several seeds.
struct ReportData {
  /// One stage under one setting of the options.
  struct Series {
    let label: String
    let stage: String
    let kind: String
    /// Sorted by seed.
    let runs: [RecordedRun]

    /// The last step of the first run.
    let lastStep: Int
    /// In the order of the first run's record.
    let metrics: [String]
    /// For each metric and step, one value for each run that has it, and which run that is.
    private let values: [ExactString: [Int: [(run: Int, value: Double)]]]

    init(label: String, stage: StageInfo, runs: [RecordedRun]) {
      self.label = label
      self.stage = stage.name
      kind = stage.kind
      self.runs = runs
      let steps = runs.map { run in run.recorded.steps.filter { $0.stage === stage.name } }
      lastStep = steps.first?.last?.step ?? 0
      metrics = (steps.first ?? []).flatMap { $0.metrics.map(\.name) }.distinct
      var values: [ExactString: [Int: [(run: Int, value: Double)]]] = [:]
      for (run, lines) in steps.enumerated() {
        for line in lines {
          for metric in line.metrics {
            guard let value = metric.value else { continue }
            values[ExactString(metric.name), default: [:]][line.step, default: []].append((run, Double(value)))
          }
        }
      }
      self.values = values
    }

    /// Of a metric at a step, one value for each run that has it.
    func values(_ metric: String, step: Int) -> [Double] {
      values[ExactString(metric)]?[step]?.map(\.value) ?? []
    }

    /// The steps at which some run has a value of the metric, in order.
    func steps(of metric: String) -> [Int] {
      values[ExactString(metric)].map { $0.keys.sorted() } ?? []
    }

    /// Of each run, the mean of a metric over all steps past the start that have it; 0 for a run without it.
    func means(of metric: String) -> [Double] {
      var sums = runs.map { _ in (sum: 0.0, count: 0.0) }
      for step in steps(of: metric) where step > 0 {
        for (run, value) in values[ExactString(metric)]?[step] ?? [] {
          sums[run].sum += value
          sums[run].count += 1
        }
      }
      return sums.map { $0.sum / max($0.count, 1) }
    }

    var seeds: [UInt64] { runs.map(\.manifest.inputs.seed) }
  }

  let runs: [RecordedRun]
  let series: [Series]

  /// Runs that did not end are listed, but stand in no mean: what they lack would be mistaken for a result.
  var unfinished: [RecordedRun] { runs.filter { $0.status != "complete" } }

  /// - Parameter all: complete or not; where none is complete, what they hold is shown all the same.
  init(_ all: [RecordedRun]) {
    self.runs = all
    let complete = all.filter { $0.status == "complete" }
    let runs = complete.isEmpty ? all : complete
    let names = runs.map(\.manifest.name).distinct
    let varying = Self.varyingOptions(runs)
    var groups: [(label: String, runs: [RecordedRun])] = []
    for run in runs {
      let label = Self.label(run, varying, named: names.count > 1)
      if let place = groups.firstIndex(where: { $0.label === label }) {
        groups[place].runs.append(run)
      } else {
        groups.append((label, [run]))
      }
    }
    groups = Self.ordered(groups, by: varying)
    // A stage that is the only one of its kind needs no name beside its options.
    let tuned = runs.flatMap { $0.manifest.stages.filter { $0.kind == "finetune" }.map(\.name) }.distinct
    func label(_ group: String, _ stage: StageInfo) -> String {
      if group.isEmpty { return stage.name }
      return tuned.areExactly([stage.name]) ? group : "\(group) \(stage.name)"
    }
    series = groups.flatMap { group in
      let sorted = group.runs.sorted { $0.manifest.inputs.seed < $1.manifest.inputs.seed }
      return (sorted.first?.manifest.stages ?? []).map { stage in
        Series(label: label(group.label, stage), stage: stage, runs: sorted)
      }
    }
  }

  /// Fine-tuning is what is compared; a report of pre-training alone shows that.
  var compared: [Series] {
    let tuned = series.filter { $0.kind == "finetune" }
    return tuned.isEmpty ? series : tuned
  }

  /// Of the compared series, in the order of the record.
  func metrics(where isWanted: (String) -> Bool) -> [String] {
    compared.flatMap(\.metrics).filter(isWanted).distinct
  }

  /// Options whose value is not the same in all runs.
  private static func varyingOptions(_ runs: [RecordedRun]) -> [String] {
    let keys = runs.flatMap { ($0.manifest.inputs.options.members ?? []).map(\.key) }.distinct
    return keys.filter { key in
      runs.map { $0.manifest.inputs.options[key]?.compact() ?? "-" }.distinct.count > 1
    }
  }

  /// By the values of the options, numbers as numbers; scripts stay in the order in which they came.
  private static func ordered(
    _ groups: [(label: String, runs: [RecordedRun])], by options: [String]
  ) -> [(label: String, runs: [RecordedRun])] {
    let names = groups.map { $0.runs[0].manifest.name }.distinct
    func isBefore(_ a: RecordedRun, _ b: RecordedRun) -> Bool? {
      if a.manifest.name !== b.manifest.name {
        return (names.firstIndex(ofExactly: a.manifest.name) ?? 0) < (names.firstIndex(ofExactly: b.manifest.name) ?? 0)
      }
      for key in options {
        let (x, y) = (a.manifest.inputs.options[key], b.manifest.inputs.options[key])
        if let x = x?.double, let y = y?.double, x != y { return x < y }
      }
      return nil
    }
    return groups.enumerated().sorted { x, y in
      isBefore(x.element.runs[0], y.element.runs[0]) ?? (x.offset < y.offset)
    }.map(\.element)
  }

  private static func label(_ run: RecordedRun, _ varying: [String], named: Bool) -> String {
    let options = varying.compactMap { name in
      // A script without the option says nothing of it.
      run.manifest.inputs.options[name].map { "\(name)=\($0.string ?? $0.compact())" }
    }
    return ((named ? [run.manifest.name] : []) + options).joined(separator: " ")
  }
}
