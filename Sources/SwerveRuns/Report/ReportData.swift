import SwerveRL

/// Runs of one or more scripts, brought into series: the same stage with the same options over several seeds.
struct ReportData {
  /// One stage under one setting of the options.
  struct Series {
    let label: String
    let stage: String
    let kind: String
    /// Sorted by seed.
    let runs: [RecordedRun]

    /// The steps of each run.
    let steps: [[StepLine]]

    /// Of a metric at a step, one value for each run that has it.
    func values(_ metric: String, step: Int) -> [Double] {
      steps.compactMap { lines in
        lines.first { $0.step == step }?.metrics.first { $0.name == metric }?.value.map(Double.init)
      }
    }

    /// The steps at which some run has a value of the metric, in order.
    func steps(of metric: String) -> [Int] {
      var found: Set<Int> = []
      for lines in steps {
        for line in lines where line.metrics.contains(where: { $0.name == metric && $0.value != nil }) {
          found.insert(line.step)
        }
      }
      return found.sorted()
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
    let names = Self.distinct(runs.map(\.manifest.name))
    let varying = Self.varyingOptions(runs)
    var groups: [(label: String, runs: [RecordedRun])] = []
    for run in runs {
      let label = Self.label(run, varying, named: names.count > 1)
      if let place = groups.firstIndex(where: { $0.label == label }) {
        groups[place].runs.append(run)
      } else {
        groups.append((label, [run]))
      }
    }
    groups = Self.ordered(groups, by: varying)
    // A stage that is the only one of its kind needs no name beside its options.
    let tuned = Self.distinct(runs.flatMap { $0.manifest.stages.filter { $0.kind == "finetune" }.map(\.name) })
    func label(_ group: String, _ stage: StageInfo) -> String {
      if group.isEmpty { return stage.name }
      return tuned == [stage.name] ? group : "\(group) \(stage.name)"
    }
    series = groups.flatMap { group in
      let sorted = group.runs.sorted { $0.manifest.inputs.seed < $1.manifest.inputs.seed }
      return (sorted.first?.manifest.stages ?? []).map { stage in
        Series(
          label: label(group.label, stage), stage: stage.name, kind: stage.kind, runs: sorted,
          steps: sorted.map { run in run.recorded.steps.filter { $0.stage == stage.name } })
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
    var names: [String] = []
    for series in compared {
      for line in series.steps.first ?? [] {
        for metric in line.metrics where isWanted(metric.name) && !names.contains(metric.name) {
          names.append(metric.name)
        }
      }
    }
    return names
  }

  private static func distinct(_ names: [String]) -> [String] {
    names.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// Options whose value is not the same in all runs.
  private static func varyingOptions(_ runs: [RecordedRun]) -> [String] {
    let keys = distinct(runs.flatMap { ($0.manifest.inputs.options.members ?? []).map(\.key) })
    return keys.filter { key in
      distinct(runs.map { $0.manifest.inputs.options[key]?.compact() ?? "-" }).count > 1
    }
  }

  /// By the values of the options, numbers as numbers; scripts stay in the order in which they came.
  private static func ordered(
    _ groups: [(label: String, runs: [RecordedRun])], by options: [String]
  ) -> [(label: String, runs: [RecordedRun])] {
    let names = distinct(groups.map { $0.runs[0].manifest.name })
    func isBefore(_ a: RecordedRun, _ b: RecordedRun) -> Bool? {
      if a.manifest.name != b.manifest.name {
        return (names.firstIndex(of: a.manifest.name) ?? 0) < (names.firstIndex(of: b.manifest.name) ?? 0)
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
    let options = varying.map { "\($0)=\(run.manifest.inputs.options[$0]?.compact() ?? "-")" }
    return ((named ? [run.manifest.name] : []) + options).joined(separator: " ")
  }
}
