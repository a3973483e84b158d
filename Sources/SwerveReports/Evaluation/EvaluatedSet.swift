import SwerveRL
import SwerveText

/// The metrics of a model on one problem set.
struct EvaluatedSet {
  let set: String
  let problems: Int
  /// For each problem, how many of its answers are a success.
  let successes: [Int]
  /// success/SET, and pass@k/SET for each k above 1.
  let rates: [ProblemRate]
  /// length/SET and critical/SET/GROUP.
  let others: [Metric]

  /// - Parameter k: each at most the number of answers.
  init(_ outcomes: ProblemOutcomes, k: [Int]) {
    set = outcomes.set.name
    problems = outcomes.successes.count
    successes = outcomes.successes
    rates = ([1] + k).distinct.sorted().map { ProblemRate(k: $0, outcomes) }
    others = [Metric("length/\(outcomes.set.name)", outcomes.meanLength)] + outcomes.critical
  }

  func rate(_ name: String) -> ProblemRate? { rates.first { $0.name === name } }

  var json: JSONValue {
    [
      "set": .string(set), "problems": .integer(problems), "successes": .array(successes.map { .integer($0) }),
      "rates": .array(
        rates.map { rate in
          [
            "metric": .string(rate.name), "k": .integer(rate.k), "value": .double(rate.mean),
            "interval": rate.interval.map { .array([.double($0.low), .double($0.high)]) } ?? .null,
            "interval_by": rate.interval == nil ? .null : rate.isOfProblems ? "wilson" : "bootstrap",
          ]
        }),
      "metrics": .object(others.map { JSONMember($0.name, .float($0.value)) }),
    ]
  }
}
