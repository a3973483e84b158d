import SwerveFiles
import SwerveRL
import SwerveText

/// One line that shows the progress of a stage: its steps, its main metric with the latest values as bars, the KL to
/// the reference, tokens/s, and the remaining time.
package struct ProgressLine {
  /// The main metric of a stage is the first of these that its steps have.
  private static let goals = MetricTable.names(in: .goal) + MetricTable.names(in: .goalWithoutEpisodes)
  /// The distance from the reference, the first that a step has.
  private static let distances = MetricTable.names(in: .distance)
  private static let barCount = 20

  private let label: String
  private let stage: StageInfo
  private var bars = Sparkline(width: barCount)
  private var goal: String?
  private var kl: String?
  private var speed: String?
  private var step = 0

  /// - Parameter label: a text before the name of the stage.
  package init(_ stage: StageInfo, label: String = "") {
    self.stage = stage
    self.label = label
  }

  package mutating func add(_ record: StepRecord) {
    step = record.step
    func value(_ name: String, _ list: [Metric]) -> Double? {
      list.first { $0.name === name }?.value.map(Double.init)
    }
    goal = nil
    if let name = Self.goals.first(where: { value($0, record.metrics) != nil }),
      let number = value(name, record.metrics)
    {
      bars.add(number)
      goal = "\(name) \(DisplayNumber.short(number))"
    }
    kl = Self.distances.lazy.compactMap { value($0, record.metrics) }.first.map {
      "kl \(DisplayNumber.short($0, digits: 2))"
    }
    speed = value("tokens_per_second", record.notCompared).flatMap {
      $0.isFinite ? "\(DisplayNumber.count($0)) tokens/s" : nil
    }
  }

  /// A line for a log, without bars.
  /// - Parameter seconds: the time since the stage began.
  package func plain(seconds: Double) -> String {
    ([head, goal, kl, speed, left(seconds)] as [String?]).compactMap(\.self).joined(separator: "  ")
  }

  private var head: String { "\(label)\(stage.name)  \(step)/\(stage.steps)" }

  private func left(_ seconds: Double) -> String? {
    step > 0 ? "\(Self.clock(seconds / Double(step) * Double(stage.steps - step))) left" : nil
  }

  /// - Parameters:
  ///   - seconds: the time since the stage began.
  ///   - width: the width of the terminal in characters. Parts that don't fit are left out in this order: the speed,
  ///     the bars, the KL, the metric.
  package func text(seconds: Double, width: Int) -> String {
    let left = left(seconds)
    let withBars = goal.map { bars.text.isEmpty ? $0 : "\($0) \(bars.text)" }
    let choices = [[withBars, kl, speed], [withBars, kl], [goal, kl], [goal], []].map { parts in
      ([head] + parts + [left]).compactMap(\.self).joined(separator: "  ")
    }
    return choices.first { $0.count < width }
      ?? choices[choices.count - 1].leading(max(width - 1, 0))
  }

  /// "3:20"
  package static func clock(_ seconds: Double) -> String {
    let whole = Int(min(seconds, 1e9).rounded(.up))
    let (minutes, rest) = (whole / 60, whole % 60)
    return "\(minutes):\(rest < 10 ? "0" : "")\(rest)"
  }
}
