import SwerveFiles
import SwerveRecords
import SwerveTensor
import SwerveText

/// Some answers of the last evaluation, with each token shaded by the rule's weight and by its probability.
struct ReportSamples {
  struct Sample {
    let set: String
    let prompt: String
    let answer: String
    /// What each token has of the answer.
    let texts: [String]
    let reward: String
    let weights: [Double]
    /// Probabilities of the tokens; empty in records of older versions.
    let policy: [Double]
    let reference: [Double]
  }

  let samples: [Sample]
  let step: Int

  /// The first answer of each problem set at the last step that has samples.
  /// - Throws: FileError for a file that can't be read.
  init?(_ run: RecordedRun, stage: String) throws {
    var found: [(step: Int, sample: Sample)] = []
    guard POSIXFile.kind(run.folder.samples) == .file else { return nil }
    try JSONFile.forEachLine(run.folder.samples) { line in
      guard try line.string("stage") === stage else { return }
      func numbers(_ name: String) -> [Double] { (line.value[name]?.elements ?? []).map { $0.double ?? .nan } }
      func probabilities(_ name: String) -> [Double] { numbers(name).map { Double(exactExp(Float($0))) } }
      let answer = try line.string("answer")
      // A record names the texts of tokens where these are not the answer's characters.
      let texts = line.value["texts"]?.elements?.map { $0.string ?? "" } ?? answer.unicodeScalars.map { String($0) }
      let sample = Sample(
        set: try line.string("set"), prompt: try line.string("prompt"), answer: answer, texts: texts,
        reward: line.value["reward"]?.compact() ?? "-", weights: numbers("weights"), policy: probabilities("logp"),
        reference: probabilities("ref_logp"))
      found.append((try line.count("step"), sample))
    }
    guard let last = found.map(\.step).max() else { return nil }
    step = last
    var sets: Set<ExactString> = []
    samples = found.filter { $0.step == last }.map(\.sample).filter { sets.insert(ExactString($0.set)).inserted }
  }

  func html() -> String {
    samples.map { sample in
      let views = [
        ("weight", sample.weights, { (weight: Double) in weight }),
        ("policy", sample.policy, Self.surprise), ("reference", sample.reference, Self.surprise),
      ].filter { !$0.1.isEmpty }
      return "<p class=\"soft\">\(Markup.escaped(sample.set)), reward \(Markup.escaped(sample.reward)), prompt "
        + "\(Markup.escaped(String(reflecting: sample.prompt)))</p>\n<div class=\"views\">"
        + (views.isEmpty ? "<div class=\"sample\" tabindex=\"0\">\(Markup.escaped(sample.answer))</div>" : "")
        + views.map { name, values, shade in
          "<figure><figcaption>\(name)</figcaption><div class=\"sample\" tabindex=\"0\">"
            + Self.shaded(sample.texts, values, name, shade) + "</div></figure>"
        }.joined() + "</div>\n"
    }.joined()
  }

  /// 0 for a probability of 1; 1 for a probability of 1/1000 or less.
  private static func surprise(_ probability: Double) -> Double {
    probability <= 0.001 ? 1 : -Double(exactLog(Float(probability))) / -Double(exactLog(0.001))
  }

  /// Adjacent tokens with nearly the same shade share a mark.
  private static func shaded(
    _ texts: [String], _ values: [Double], _ name: String, _ shade: (Double) -> Double
  ) -> String {
    var html = ""
    var run = ""
    var level = -1
    var first = 0.0
    func flush() {
      if run.isEmpty { return }
      // A token without a number gets no mark.
      if first.isNaN {
        html += Markup.escaped(run)
        run = ""
        return
      }
      html +=
        "<span style=\"--w:\(DisplayNumber.short(Double(level) / 20))\" title=\"\(name) about \(DisplayNumber.short(first))\">"
        + "\(Markup.escaped(run))</span>"
      run = ""
    }
    for (index, text) in texts.enumerated() {
      let value = index < values.count ? values[index] : .nan
      let shaded = shade(value)
      let next = shaded.isNaN ? -2 : Int((min(max(shaded, 0), 1) * 20).rounded())
      if next != level {
        flush()
        first = value
      }
      level = next
      run += text
    }
    flush()
    return html
  }
}
