import SwerveRL
import SwerveText

/// Runs that differ in nothing but their seeds, sorted by seed.
struct RunSeries {
  /// What tells it from the other series: the options that vary, and whatever else does.
  let label: String
  let runs: [RecordedRun]

  /// - Parameter runs: each with inputs of its own.
  /// - Returns: the series, each with a label of its own: by script, then by the values of the options, numbers as numbers.
  static func all(_ runs: [RecordedRun]) -> [RunSeries] {
    var groups: [[RecordedRun]] = []
    var places: [ExactString: Int] = [:]
    for run in runs {
      // All that went in, but for the seed.
      let key = run.manifest.inputs.with(seed: 0).digest
      if let place = places[ExactString(key)] {
        groups[place].append(run)
      } else {
        places[ExactString(key)] = groups.count
        groups.append([run])
      }
    }
    let varying = varyingOptions(runs)
    groups = ordered(groups, by: varying)
    let isNamed = runs.map(\.manifest.name).distinct.count > 1
    let manifests = groups.map { $0[0].manifest }
    let labels = told(manifests.map { label($0, varying, isNamed: isNamed) }, apart: manifests)
    return zip(groups, labels).map { runs, label in
      RunSeries(label: label, runs: runs.sorted { $0.manifest.inputs.seed < $1.manifest.inputs.seed })
    }
  }

  /// The same series with some of its runs; nil without any.
  func only(_ isWanted: (RecordedRun) -> Bool) -> RunSeries? {
    let wanted = runs.filter(isWanted)
    return wanted.isEmpty ? nil : RunSeries(label: label, runs: wanted)
  }

  /// Of all runs, each once, in the order of their plans. A plan may depend on the seed.
  var stages: [StageInfo] {
    runs.flatMap(\.manifest.stages).reduce(into: []) { stages, stage in
      if !stages.contains(where: { $0.name === stage.name }) { stages.append(stage) }
    }
  }

  // MARK: Labels

  /// Options whose value is not the same in all runs.
  private static func varyingOptions(_ runs: [RecordedRun]) -> [String] {
    let keys = runs.flatMap { ($0.manifest.inputs.options.members ?? []).map(\.key) }.distinct
    return keys.filter { key in
      Set(runs.map { Array(($0.manifest.inputs.options[key]?.compact() ?? "-").utf8) }).count > 1
    }
  }

  private static func label(_ manifest: Manifest, _ varying: [String], isNamed: Bool) -> String {
    let options = varying.compactMap { name in
      // A script without the option says nothing of it.
      manifest.inputs.options[name].map { "\(name)=\($0.string ?? $0.compact())" }
    }
    return ((isNamed ? [manifest.name] : []) + options).joined(separator: " ")
  }

  /// Labels that several series have get as much as it takes of what is not the same in these: the start of the script's digest,
  /// for example.
  private static func told(_ labels: [String], apart manifests: [Manifest]) -> [String] {
    labels.indices.map { place in
      let equal = labels.indices.filter { labels[$0].utf8.elementsEqual(labels[place].utf8) }
      let all = equal.map { marks(manifests[$0]) }
      var told = [String](repeating: labels[place], count: equal.count)
      func count(_ texts: [String]) -> Int { Set(texts.map { Array($0.utf8) }).count }
      for mark in all[0].indices where count(told) < told.count && count(all.map { $0[mark] }) > 1 {
        for index in told.indices { told[index] += (told[index].isEmpty ? "" : " ") + all[index][mark] }
      }
      return told[equal.firstIndex(of: place) ?? 0]
    }
  }

  /// Everything that decides a series, as short as it can be told.
  private static func marks(_ manifest: Manifest) -> [String] {
    let inputs = manifest.inputs
    func short(_ digest: String) -> String { digest.leading(8) }
    let files = inputs.files.map { "\($0.path)\n\($0.sha256)\n" }.joined()
    return [
      "script \(short(inputs.scriptSHA256))", "files \(short(Digest.of(files)))",
      "options \(short(Digest.of(inputs.options.compact())))", "limits \(short(Digest.of(inputs.limits.compact())))",
      "math \(inputs.math) \(inputs.mathVersion)",
    ]
  }

  // MARK: Order

  /// Scripts stay in the order in which they came.
  private static func ordered(_ groups: [[RecordedRun]], by options: [String]) -> [[RecordedRun]] {
    let names = groups.map { $0[0].manifest.name }.distinct
    func isBefore(_ a: Manifest, _ b: Manifest) -> Bool? {
      let (x, y) = (names.firstIndex(ofExactly: a.name) ?? 0, names.firstIndex(ofExactly: b.name) ?? 0)
      if x != y { return x < y }
      for key in options {
        let (x, y) = (a.inputs.options[key], b.inputs.options[key])
        if let x = x?.double, let y = y?.double, x != y { return x < y }
      }
      return nil
    }
    return groups.enumerated().sorted { x, y in
      isBefore(x.element[0].manifest, y.element[0].manifest) ?? (x.offset < y.offset)
    }.map(\.element)
  }
}
