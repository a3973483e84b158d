import SwerveModel
import SwerveRL
import SwerveReports
import SwerveRuns

/// Progress on standard error: one live line on a terminal; elsewhere, such as in the log of a batch system, a line of its
/// own at most every half a minute, so that a short run writes none.
final class Progress: TrainingObserver {
  private var line = ProgressLine(StageInfo(name: "", kind: "", steps: 0))
  private var watch = Stopwatch()
  private var sinceLine = Stopwatch()
  private let label: String
  private static let secondsBetweenLines = 30.0

  /// - Parameter label: a text before the name of the stage; in `swerve test`, the golden's name.
  private init(label: String) { self.label = label }

  static func observers(quiet: Bool, label: String = "") -> [any TrainingObserver] {
    quiet ? [] : [Progress(label: label)]
  }

  func stageWillStart(_ stage: StageInfo) {
    line = ProgressLine(stage, label: label)
    watch = Stopwatch()
    show()
  }

  func didRead(_ input: ClassificationInput, stage: String) {
    // Goldens are checked again and again, and nobody can change their texts.
    if !label.isEmpty { return }
    for remark in input.texts.compactMap({ $0.remark(limit: input.limit) }) {
      Console.note("stage \(stage): \(remark)")
    }
  }

  func stepDidEnd(_ record: StepRecord) {
    line.add(record)
    show()
  }

  func stageDidEnd(_ stage: StageInfo, metadata: [(key: String, value: String)], weights: [NamedTensor]) {
    Console.clearLive()
  }

  private func show() {
    if Console.showsLive {
      Console.live(line.text(seconds: watch.seconds, width: Console.width), .quiet)
    } else if sinceLine.seconds >= Self.secondsBetweenLines {
      Console.note(line.plain(seconds: watch.seconds))
      sinceLine = Stopwatch()
    }
  }
}
