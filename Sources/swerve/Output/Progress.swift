import SwerveModel
import SwerveRL
import SwerveReports
import SwerveRuns

/// One live line on a terminal's standard error.
final class Progress: TrainingObserver {
  private var line = ProgressLine(StageInfo(name: "", kind: "", steps: 0))
  private var watch = Stopwatch()
  private let label: String

  /// - Parameter label: a text before the name of the stage; in `swerve test`, the golden's name.
  private init(label: String) { self.label = label }

  /// Empty if no live line is shown.
  static func observers(quiet: Bool, label: String = "") -> [any TrainingObserver] {
    !quiet && Console.showsLive ? [Progress(label: label)] : []
  }

  func stageWillStart(_ stage: StageInfo) {
    line = ProgressLine(stage, label: label)
    watch = Stopwatch()
    show()
  }

  func stepDidEnd(_ record: StepRecord) {
    line.add(record)
    show()
  }

  func stageDidEnd(_ stage: StageInfo, metadata: [(key: String, value: String)], weights: [NamedTensor]) {
    Console.clearLive()
  }

  private func show() {
    Console.live(line.text(seconds: watch.seconds, width: Console.width), .quiet)
  }
}
