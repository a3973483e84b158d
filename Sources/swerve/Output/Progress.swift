import SwerveModel
import SwerveRL
import SwerveRuns

/// One live line on a terminal's standard error: the stage, its steps, tokens/s, and the time that is left.
final class Progress: TrainingObserver {
  private var stage = StageInfo(name: "", kind: "", steps: 0)
  private var watch = Stopwatch()

  /// Nothing where nobody looks.
  static func observers(quiet: Bool) -> [any TrainingObserver] {
    !quiet && Console.errorIsTerminal ? [Progress()] : []
  }

  func stageWillStart(_ stage: StageInfo) {
    self.stage = stage
    watch = Stopwatch()
    show(step: 0, speed: nil)
  }

  func stepDidEnd(_ record: StepRecord) {
    let speed = record.notCompared.first { $0.name == "tokens_per_second" }?.value
    show(step: record.step, speed: speed)
  }

  func didSample(_ samples: [SampleRecord], stage: String, step: Int) {}

  func stageDidEnd(_ stage: StageInfo, metadata: [(key: String, value: String)], weights: [NamedTensor]) {
    Console.clearLive()
  }

  var isCancelled: Bool { false }

  private func show(step: Int, speed: Float?) {
    var text = "\(stage.name)  \(step)/\(stage.steps)"
    if let speed, speed.isFinite { text += "  \(Int(speed)) tokens/s" }
    if step > 0 {
      let left = watch.seconds / Double(step) * Double(stage.steps - step)
      text += "  \(Self.clock(left)) left"
    }
    Console.live(Style.quiet.paint(text))
  }

  private static func clock(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded(.up))
    let (minutes, rest) = (whole / 60, whole % 60)
    return "\(minutes):\(rest < 10 ? "0" : "")\(rest)"
  }
}
