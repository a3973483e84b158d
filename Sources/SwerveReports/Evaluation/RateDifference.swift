import SwerveText

/// What a model's rate differs in from another model's on the same problems.
struct RateDifference {
  /// The p-value of McNemar's exact test.
  enum Test: Equatable {
    case probability(Double)
    /// Too small for a Double.
    case below(String)
  }

  let mean: Double
  /// 95 %, by a bootstrap over the problems; nil for a single problem.
  let interval: BootstrapInterval?
  /// Problems on which it is better and worse.
  let better: Int
  let worse: Int
  /// nil where a problem is not simply right or wrong.
  let test: Test?

  init(_ rate: ProblemRate, minus base: ProblemRate) {
    let differences = zip(rate.values, base.values).map { $0 - $1 }
    mean = SeedMean.mean(differences)
    interval = BootstrapInterval(differences)
    better = differences.count { $0 > 0 }
    worse = differences.count { $0 < 0 }
    test =
      rate.isOfProblems
      ? McNemar.pValue(wins: better, losses: worse).map { .probability($0) } ?? .below("1e-307") : nil
  }

  var members: [JSONMember] {
    var members = [
      JSONMember("difference", .double(mean)),
      JSONMember("interval", interval.map { .array([.double($0.low), .double($0.high)]) } ?? .null),
      JSONMember("better", .integer(better)), JSONMember("worse", .integer(worse)),
    ]
    switch test {
    case .probability(let p): members.append(JSONMember("mcnemar_p", .double(p)))
    case .below(let bound): members.append(JSONMember("mcnemar_p_below", .string(bound)))
    case nil: break
    }
    return members
  }
}
