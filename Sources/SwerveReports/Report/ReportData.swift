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
  /// All with different inputs.
  let runs: [RecordedRun]
  /// All runs grouped into series, complete or not.
  let all: [RunSeries]
  let series: [Series]

  /// Runs that are not complete are listed but not used in means, because their missing steps would look like a result.
  var unfinished: [RecordedRun] { runs.filter { $0.state != .complete } }

  /// - Parameter runs: runs with different inputs, complete or not. If none is complete, the incomplete ones are shown.
  init(_ runs: [RecordedRun], by grouping: RunGrouping = .inputs) {
    self.runs = runs
    all = RunSeries.all(runs, by: grouping)
    let hasComplete = runs.contains { $0.state == .complete }
    let shown = all.compactMap { $0.only { $0.state == .complete || !hasComplete } }
    // If there is only one stage of this kind, its name is not shown next to its options.
    let tuned = shown.flatMap { $0.stages.filter { !$0.makesBaseModel }.map(\.name) }.distinct
    func label(_ series: String, _ stage: StageInfo) -> String {
      if series.isEmpty { return stage.name }
      return tuned.areExactly([stage.name]) ? series : "\(series) \(stage.name)"
    }
    series = shown.flatMap { series in
      series.stages.map { stage in
        Series(
          label: label(series.label, stage), parts: (series.parts + [stage.name]).distinct, stage: stage,
          runs: series.runs)
      }
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
