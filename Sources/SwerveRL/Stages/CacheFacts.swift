import SwerveModel

/// A plain value that affects what a stage computes.
package indirect enum Fact: Sendable {
  case none
  case text(String)
  case integer(Int)
  case float(Float)
  case boolean(Bool)
  case list([Fact])
  case record([(name: String, fact: Fact)])
}

/// Everything that decides a stage's bits, except its name, its source, its model and its schedules. If these, the facts
/// and the functions are equal, two stages compute the same.
package struct CacheFacts {
  /// The seed of every random number of the stage; nil: the run's seed.
  package let seed: UInt64?
  /// In an order that never changes, because digests are made from it.
  package let facts: [(name: String, fact: Fact)]
  /// What else decides the bits.
  package let functions: Functions

  /// The functions of a script that a stage calls, schedules apart.
  package enum Functions: Sendable {
    case none
    /// Everything that decides what they do, unless their calls look at something else (`LuaObservations`).
    case known([UInt8])
    /// They may depend on the whole script.
    case unknown
  }

  package init(seed: UInt64?, functions: Functions, _ facts: [(name: String, fact: Fact)]) {
    self.seed = seed
    self.functions = functions
    self.facts = facts
  }
}

extension AdamW.Options {
  var fact: Fact {
    .record([
      ("beta1", .float(beta1)), ("beta2", .float(beta2)), ("epsilon", .float(epsilon)), ("decay", .float(decay)),
      ("max_grad_norm", .float(clip)),
    ])
  }
}

extension EvaluationPlan {
  var fact: Fact {
    .record([
      ("every", .integer(every)), ("greedy", .boolean(greedy)),
      ("temperature", temperature.map { .float($0) } ?? .none), ("samples", .integer(samples)),
      (
        "sets",
        .list(sets.map { .record([("name", .text($0.set.name)), ("episodes", .integer($0.episodes))]) })
      ),
    ])
  }
}
