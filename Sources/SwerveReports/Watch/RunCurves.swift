import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveText

/// What the lines of a run's metrics.jsonl say, line by line as they are written: the values of each metric over the
/// steps of each stage, and how fast the steps come.
struct RunCurves {
  /// The points of one metric of one stage. A step with nothing to measure has none.
  struct Curve {
    fileprivate(set) var steps: [Int] = []
    fileprivate(set) var values: [Float] = []
  }

  struct Stage {
    let name: String
    fileprivate(set) var lastStep = 0
    /// Why it ended before its last step; nil: it did not.
    fileprivate(set) var stopped: String?
    /// In the order in which they were first measured.
    fileprivate(set) var metrics: [String] = []
    fileprivate var curves: [ExactString: Curve] = [:]
    /// The last steps with the seconds that the run had taken then.
    fileprivate var times: [(step: Int, seconds: Double)] = []

    func curve(_ metric: String) -> Curve? { curves[ExactString(metric)] }

    /// The seconds that a step takes, over the last steps; nil until two steps have a time, and for steps from the stage
    /// cache, which took none.
    var secondsPerStep: Double? {
      guard let first = times.first, let last = times.last, last.step > first.step, last.seconds > first.seconds
      else { return nil }
      return (last.seconds - first.seconds) / Double(last.step - first.step)
    }
  }

  /// No experiment has more; a record of a stranger may.
  private static let mostMetrics = 4096, mostStages = 1024
  /// Over how many steps the speed is measured.
  private static let timedSteps = 20

  private(set) var stages: [Stage] = []
  private(set) var cost: RunCost?
  /// The number of lines.
  private(set) var count = 0

  /// Adds the step of a line.
  /// - Throws: RecordError or FileError for a line that is no step, or not the next one.
  mutating func add(_ line: JSONLine) throws {
    let step = try StepLine(line)
    let index = try index(of: step, line)
    count += 1
    if let cost = RunCost(line.value["not_compared"]) {
      self.cost = cost
      stages[index].times.append((step.step, cost.seconds))
      if stages[index].times.count > Self.timedSteps { stages[index].times.removeFirst() }
    }
    stages[index].lastStep = step.step
    stages[index].stopped = step.stopped
    for metric in step.metrics {
      guard let value = metric.value else { continue }
      let name = ExactString(metric.name)
      if stages[index].curves[name] == nil {
        if stages[index].metrics.count == Self.mostMetrics { continue }
        stages[index].metrics.append(metric.name)
      }
      stages[index].curves[name, default: Curve()].steps.append(step.step)
      stages[index].curves[name, default: Curve()].values.append(value)
    }
  }

  /// The stage of a step, which is added when its first step comes.
  private mutating func index(of step: StepLine, _ line: JSONLine) throws -> Int {
    func wrongOrder(_ expected: String) -> RecordError {
      .wrongOrder(
        path: line.path, line: line.line ?? 0, found: "step \(step.step) of stage \(step.stage)", expected: expected)
    }
    if let last = stages.last, last.name === step.stage {
      guard step.step == last.lastStep + 1 else { throw wrongOrder("step \(last.lastStep + 1)") }
      return stages.count - 1
    }
    guard step.step == 0 || step.step == 1 else { throw wrongOrder("step 1") }
    guard stages.count < Self.mostStages, !stages.contains(where: { $0.name === step.stage }) else {
      throw wrongOrder("another stage")
    }
    stages.append(Stage(name: step.stage))
    return stages.count - 1
  }
}
