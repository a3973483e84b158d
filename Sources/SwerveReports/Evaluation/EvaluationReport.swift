import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveText

/// What models did on the same problems: their rates, and what each differs in from the first, problem by problem.
package struct EvaluationReport {
  /// A model, by the name that people gave it.
  package struct Model {
    let name: String
    let sha256: String
    let sets: [EvaluatedSet]

    /// - Parameters:
    ///   - sha256: the digest of its files.
    ///   - outcomes: of the same sets, problems and numbers of answers as every other model's.
    ///   - k: the numbers of answers for which pass@k is estimated, beside 1.
    package init(name: String, sha256: String, outcomes: [ProblemOutcomes], k: [Int]) {
      self.name = name
      self.sha256 = sha256
      sets = outcomes.map { EvaluatedSet($0, k: k) }
    }

    fileprivate func set(_ name: String) -> EvaluatedSet? { sets.first { $0.set === name } }
  }

  /// What was asked.
  package struct Subject {
    let script: String
    let stage: String
    let task: String
    let seed: UInt64
    /// nil: greedy.
    let temperature: Float?
    /// Answers to each problem.
    let samples: Int

    package init(script: String, stage: String, task: String, seed: UInt64, temperature: Float?, samples: Int) {
      self.script = script
      self.stage = stage
      self.task = task
      self.seed = seed
      self.temperature = temperature
      self.samples = samples
    }

    fileprivate var mode: String {
      let answers = samples == 1 ? "one answer" : "\(samples) answers"
      guard let temperature else { return "greedy, \(answers) to each problem" }
      let text = ExactText.text(temperature)
      return "sampled at temperature \(text.start(before: ".0") ?? text), \(answers) to each problem"
    }
  }

  private let subject: Subject
  private let models: [Model]

  /// - Parameter models: one or more; the others are compared with the first.
  package init(_ subject: Subject, _ models: [Model]) {
    self.subject = subject
    self.models = models
  }

  // MARK: Text

  package func text() -> String {
    let rows = [
      ["task", "\(subject.task), as stage \(subject.stage) of \(subject.script) has it"],
      ["seed", "\(subject.seed)"], ["answers", subject.mode],
    ]
    return TextTable.text(rows) + "\n" + table + notes.map { "(\($0))\n" }.joined()
  }

  private var table: String {
    let hasPairs = models.count > 1
    var rows = [["METRIC", "PROBLEMS", "MODEL", "VALUE"]]
    if hasPairs { rows[0] += ["DIFFERENCE", "BETTER", "WORSE", "P"] }
    for set in models[0].sets {
      for base in set.rates {
        for (number, model) in models.enumerated() {
          guard let own = model.set(set.set)?.rate(base.name) else { continue }
          var row = [own.name, "\(set.problems)", model.name, Self.text(own.mean, own.interval)]
          if hasPairs { row += Self.cells(number == 0 ? nil : RateDifference(own, minus: base)) }
          rows.append(row)
        }
      }
      // Not every model's answers come to a critical token.
      for name in models.flatMap({ $0.set(set.set)?.others.map(\.name) ?? [] }).distinct {
        for model in models {
          let value = model.set(set.set)?.others.first { $0.name === name }?.value
          let row = [
            name, "\(set.problems)", model.name, value.map { DisplayNumber.fixed(Double($0), decimals: 3) } ?? "-",
          ]
          rows.append(row + (hasPairs ? ["", "", "", ""] : []))
        }
      }
    }
    return TextTable.text(rows)
  }

  private static func cells(_ difference: RateDifference?) -> [String] {
    guard let difference else { return ["", "", "", ""] }
    let interval = difference.interval.map { (low: $0.low, high: $0.high) }
    return [
      (difference.mean > 0 ? "+" : "") + text(difference.mean, interval), "\(difference.better)",
      "\(difference.worse)", difference.test.map(text) ?? "-",
    ]
  }

  private static func text(_ test: RateDifference.Test) -> String {
    switch test {
    case .probability(let p): DisplayNumber.short(p, digits: 2)
    case .below(let bound): "< \(bound)"
    }
  }

  private static func text(_ value: Double, _ interval: (low: Double, high: Double)?) -> String {
    DisplayNumber.fixed(value, decimals: 3)
      + (interval.map { " " + StageEvaluation.text(low: $0.low, high: $0.high) } ?? "")
  }

  private var notes: [String] {
    let rates = models[0].sets.flatMap(\.rates)
    var notes = [
      rates.allSatisfy(\.isOfProblems)
        ? "95 % intervals of rates by Wilson's score"
        : "95 % intervals by a bootstrap over the problems; of a pass@\(subject.samples) by Wilson's score"
    ]
    if models.count > 1 {
      notes.append(
        "difference to the first model, paired by problem, with a bootstrap interval; problems on which the model is better and "
          + "worse; P by McNemar's exact test")
    }
    return notes
  }

  // MARK: JSON

  package var json: JSONValue {
    [
      "script": .string(subject.script), "stage": .string(subject.stage), "task": .string(subject.task),
      "seed": .integer(subject.seed), "greedy": .bool(subject.temperature == nil),
      "temperature": .float(subject.temperature), "samples_per_problem": .integer(subject.samples),
      "models": .array(
        models.map { model in
          [
            "model": .string(model.name), "sha256": .string(model.sha256), "sets": .array(model.sets.map(\.json)),
          ]
        }),
      "comparisons": .array(models.dropFirst().flatMap(comparisons)),
    ]
  }

  private func comparisons(_ model: Model) -> [JSONValue] {
    models[0].sets.flatMap { base in
      base.rates.compactMap { baseRate in
        guard let rate = model.set(base.set)?.rate(baseRate.name) else { return nil }
        let members = [
          JSONMember("model", .string(model.name)), JSONMember("base", .string(models[0].name)),
          JSONMember("metric", .string(rate.name)),
        ]
        return .object(members + RateDifference(rate, minus: baseRate).members)
      }
    }
  }
}
