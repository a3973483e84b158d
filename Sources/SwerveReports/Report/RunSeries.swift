import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveText

/// Runs that differ only in their seeds, or that have in common what a report was asked to group by; sorted by seed.
struct RunSeries {
  /// What distinguishes it from the other series: the options that vary, and other differences.
  let label: String
  /// What the label is made of, and the script's name, so that a part of a label can name the series.
  let parts: [String]
  let runs: [RecordedRun]

  /// - Parameter runs: runs with different inputs.
  /// - Returns: the series, each with its own label. They are ordered by script, then by the values of the options,
  ///   with numbers in numeric order.
  static func all(_ runs: [RecordedRun], by grouping: RunGrouping = .inputs) -> [RunSeries] {
    var groups: [[RecordedRun]] = []
    var indices: [ExactString: Int] = [:]
    for run in runs {
      let key = ExactString(key(run, grouping))
      if let index = indices[key] {
        groups[index].append(run)
      } else {
        indices[key] = groups.count
        groups.append([run])
      }
    }
    let varying = shownOptions(runs, grouping)
    groups = ordered(groups, by: varying)
    let names = runs.map(\.manifest.name).distinct
    let isNamed = grouping == .script || grouping == .inputs && names.count > 1
    let manifests = groups.map { $0[0].manifest }
    var words = manifests.map { Self.words($0, varying, isNamed: isNamed) }
    if case .option(let name) = grouping {
      // A number and a text with the same characters are different values.
      let isPlain = words.map { $0.joined() }.distinct.count == words.count
      words = manifests.indices.map { index in
        guard let value = manifests[index].inputs.options[name.wrappedValue] else { return ["no \(name.wrappedValue)"] }
        return isPlain ? words[index] : ["\(name.wrappedValue)=\(value.compact().visible)"]
      }
    }
    // Runs of a group that was asked for may differ in everything else.
    let extra = grouping == .inputs ? distinguishing(words, manifests) : manifests.map { _ in [] }
    return groups.indices.map { index in
      let label = words[index] + extra[index]
      let script = grouping == .inputs ? [manifests[index].name] : []
      return RunSeries(
        label: label.joined(separator: " "), parts: (script + label).distinct,
        runs: groups[index].sorted { $0.manifest.inputs.seed < $1.manifest.inputs.seed })
    }
  }

  /// The same series with only some of its runs; nil if no run is left.
  func only(_ isWanted: (RecordedRun) -> Bool) -> RunSeries? {
    let wanted = runs.filter(isWanted)
    return wanted.isEmpty ? nil : RunSeries(label: label, parts: parts, runs: wanted)
  }

  /// Runs with equal keys are one series.
  private static func key(_ run: RecordedRun, _ grouping: RunGrouping) -> String {
    switch grouping {
    // All inputs except the seed.
    case .inputs: run.manifest.inputs.seen(from: run.manifest.script).with(seed: 0).digest
    case .option(let name): run.manifest.inputs.options[name.wrappedValue]?.compact() ?? ""
    case .script: run.manifest.name
    case .stage: ""
    }
  }

  private static func shownOptions(_ runs: [RecordedRun], _ grouping: RunGrouping) -> [String] {
    switch grouping {
    case .inputs: varyingOptions(runs)
    case .option(let name): [name.wrappedValue]
    case .script, .stage: []
    }
  }

  /// The stages of all runs, each once, in the order of their plans. A plan may depend on the seed.
  var stages: [StageInfo] {
    runs.flatMap(\.manifest.stages).reduce(into: []) { stages, stage in
      if !stages.contains(where: { $0.name === stage.name }) { stages.append(stage) }
    }
  }

  // MARK: Labels

  /// Options whose values differ between runs.
  static func varyingOptions(_ runs: [RecordedRun]) -> [String] {
    let keys = runs.flatMap { ($0.manifest.inputs.options.members ?? []).map(\.key) }.distinct
    return keys.filter { key in
      runs.map { $0.manifest.inputs.options[key]?.compact() ?? "-" }.distinct.count > 1
    }
  }

  private static func words(_ manifest: Manifest, _ varying: [String], isNamed: Bool) -> [String] {
    let options = varying.compactMap { name in
      // If a script does not have the option, it is not shown.
      manifest.inputs.options[name].map { "\(name)=\(Self.shown($0))" }
    }
    return (isNamed ? [manifest.name] : []) + options
  }

  /// A string as it is, but in one line and without invisible characters.
  private static func shown(_ value: JSONValue) -> String {
    guard let text = value.string else { return value.compact() }
    let isPlain = !text.unicodeScalars.contains { $0.properties.generalCategory == .control }
    return isPlain ? text : value.compact().visible
  }

  /// For series with the same words, as many of their differences as needed, for example the start of the script's
  /// digest.
  private static func distinguishing(_ words: [[String]], _ manifests: [Manifest]) -> [[String]] {
    var result = words.map { _ in [String]() }
    func label(_ index: Int) -> String { (words[index] + result[index]).joined(separator: " ") }
    let equal = Dictionary(grouping: words.indices) { ExactString(label($0)) }.values.filter { $0.count > 1 }
    // The order of the groups does not matter, because each writes different elements.
    for indices in equal {
      let all = indices.map { discriminators(manifests[$0]) }
      for number in all[0].indices {
        if indices.map(label).distinct.count == indices.count { break }
        if all.map({ $0[number] }).distinct.count == 1 { continue }
        for (index, own) in zip(indices, all) { result[index].append(own[number]) }
      }
    }
    return result
  }

  /// Everything that defines a series, in short form.
  private static func discriminators(_ manifest: Manifest) -> [String] {
    let inputs = manifest.inputs.seen(from: manifest.script)
    func short(_ digest: String) -> String { digest.leading(8) }
    let files = inputs.files.map { "\($0.path)\n\($0.sha256)\n" }.joined()
    return [
      "script \(short(inputs.scriptSHA256))", "files \(short(Digest.of(files)))",
      "options \(short(Digest.of(inputs.options.compact())))", "limits \(short(Digest.of(inputs.limits.compact())))",
      "math \(inputs.math) \(inputs.mathVersion)",
    ]
  }

  // MARK: Order

  /// Scripts stay in the order in which they were given. For each option, series without it come first, then numbers by
  /// value, then the rest as text.
  private static func ordered(_ groups: [[RecordedRun]], by options: [String]) -> [[RecordedRun]] {
    let names = groups.map { $0[0].manifest.name }.distinct
    let keys = groups.map { runs in
      let manifest = runs[0].manifest
      return (
        name: names.firstIndex(ofExactly: manifest.name) ?? 0,
        options: options.map { OptionOrder(manifest.inputs.options[$0]) }
      )
    }
    return groups.indices.sorted { x, y in
      if keys[x].name != keys[y].name { return keys[x].name < keys[y].name }
      let pair = zip(keys[x].options, keys[y].options).first { $0 < $1 || $1 < $0 }
      return pair.map { $0 < $1 } ?? (x < y)
    }.map { groups[$0] }
  }

  /// The order of an option's values.
  private struct OptionOrder {
    private let number: Double?
    private let text: String?

    init(_ value: JSONValue?) {
      number = value?.double
      text = value.map { $0.string ?? $0.compact() }
    }

    private var rank: Int { text == nil ? 0 : number == nil ? 2 : 1 }

    static func < (a: OptionOrder, b: OptionOrder) -> Bool {
      if a.rank != b.rank { return a.rank < b.rank }
      if let x = a.number, let y = b.number { return x < y }
      return (a.text ?? "").isExactlyBefore(b.text ?? "")
    }
  }
}
