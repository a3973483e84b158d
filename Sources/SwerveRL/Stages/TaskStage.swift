import SwerveModel

/// A stage that learns a task.
package protocol TaskStage: Stage {
  var task: any Task { get }
}

extension TaskStage {
  package var taskName: String { task.name }
  package var tokenizer: any Tokenizer { task.tokenizer }
  package var contextAdvice: String { task.contextAdvice }

  /// The values of metric variables for what its evaluations log.
  func evaluated(_ values: [MetricVariable: MetricNames.Values] = [:]) -> [MetricVariable: MetricNames.Values] {
    let sets = evaluation?.sets.map(\.set.name) ?? []
    return values.merging([.set: .known(sets), .group: .known(task.criticalGroups)]) { $1 }
  }

  /// The longest texts of some sets and of those that it evaluates.
  func longestTexts(of sets: [ProblemSet]) throws -> [LongestText] {
    try (sets + (evaluation?.sets.map(\.set) ?? [])).map { set in
      let tokens = try task.longestText(in: set)
      return LongestText("a text of set \(set.name) may take \(tokens) tokens", tokens: tokens)
    }
  }
}
