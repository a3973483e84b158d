/// Some answers of the last evaluation, each token shaded by the rule's weight.
struct ReportSamples {
  struct Sample {
    let set: String
    let prompt: String
    let answer: String
    let reward: String
    let weights: [Double]
  }

  let samples: [Sample]
  let step: Int

  /// The first answer of each problem set at the last step that has samples.
  /// - Throws: RunError for a file that can't be read.
  init?(_ run: RecordedRun, stage: String) throws {
    var found: [(step: Int, sample: Sample)] = []
    guard POSIXFile.kind(run.folder.samples) == .file else { return nil }
    try JSONFile.forEachLine(run.folder.samples) { line in
      guard try line.string("stage") == stage else { return }
      let weights = try line.elements("weights").map { $0.double ?? 0 }
      let sample = Sample(
        set: try line.string("set"), prompt: try line.string("prompt"), answer: try line.string("answer"),
        reward: line.value["reward"]?.compact() ?? "-", weights: weights)
      found.append((try line.count("step"), sample))
    }
    guard let last = found.map(\.step).max() else { return nil }
    step = last
    var sets: [String] = []
    samples = found.filter { $0.step == last }.map(\.sample).filter { sample in
      if sets.contains(sample.set) { return false }
      sets.append(sample.set)
      return true
    }
  }

  func html() -> String {
    samples.map { sample in
      "<p class=\"soft\">\(ReportText.escaped(sample.set)), reward \(ReportText.escaped(sample.reward))</p>"
        + "<div class=\"sample\">\(ReportText.escaped(sample.prompt))\(Self.shaded(sample))</div>\n"
    }.joined()
  }

  /// Neighbours of nearly the same weight share a mark.
  private static func shaded(_ sample: Sample) -> String {
    var html = ""
    var run = ""
    var level = -1
    func flush() {
      if !run.isEmpty {
        html +=
          "<span style=\"--w:\(ShortNumber.text(Double(level) / 20))\" title=\"weight about \(ShortNumber.text(Double(level) / 20))\">"
          + "\(ReportText.escaped(run))</span>"
      }
      run = ""
    }
    for (index, scalar) in sample.answer.unicodeScalars.enumerated() {
      let weight = index < sample.weights.count ? sample.weights[index] : 1
      let next = weight.isNaN ? 0 : Int((min(max(weight, 0), 1) * 20).rounded())
      if next != level { flush() }
      level = next
      run.unicodeScalars.append(scalar)
    }
    flush()
    return html
  }
}
