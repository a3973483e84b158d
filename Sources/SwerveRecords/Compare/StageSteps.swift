import SwerveText

/// The steps of one stage, in order, and the digest of its result.
struct StageSteps {
  let name: String
  var steps: ArraySlice<StepLine> = []
  /// The number of the last step, with or without a line.
  var last = 0
  var result: String?

  /// Splits a recording by stages, without the lines of steps for which the other side has no lines.
  static func split(_ recorded: RecordedSteps, comparableWith other: RecordedSteps) -> [StageSteps] {
    let gaps = other.gaps.map { other.location($0) }
    var stages: [StageSteps] = []
    var start = 0
    for index in recorded.steps.indices {
      let next = index + 1
      let line = recorded.steps[index]
      guard next == recorded.steps.count || recorded.steps[next].stage !== line.stage else { continue }
      let steps = recorded.steps[start..<next].filter { line in
        !gaps.contains { $0.stage === line.stage && $0.steps.contains(line.step) }
      }
      stages.append(StageSteps(name: line.stage, steps: steps[...], last: line.step))
      start = next
    }
    for result in recorded.results {
      if let index = stages.firstIndex(where: { $0.name === result.stage }) {
        stages[index].result = result.weights
      } else {
        stages.append(StageSteps(name: result.stage, result: result.weights))
      }
    }
    return stages
  }
}
