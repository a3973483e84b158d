import SwerveRL

/// One line that says how a stage goes: its steps, the metric that matters with its latest values as bars, the KL to the
/// reference, tokens/s, and the time that is left.
package struct ProgressLine {
  /// What a stage is judged by: the first of these that its steps have.
  private static let goals = ["success/train", "loss"]
  private static let barCount = 20

  private let label: String
  private let stage: StageInfo
  private var bars = Sparkline(width: barCount)
  private var parts: [String] = []
  private var step = 0

  /// - Parameter label: in front of the stage.
  package init(_ stage: StageInfo, label: String = "") {
    self.stage = stage
    self.label = label
  }

  package mutating func add(_ record: StepRecord) {
    step = record.step
    parts = []
    func value(_ name: String, _ list: [Metric]) -> Double? {
      list.first { $0.name == name }?.value.map(Double.init)
    }
    if let goal = Self.goals.first(where: { value($0, record.metrics) != nil }),
      let number = value(goal, record.metrics)
    {
      bars.add(number)
      parts.append("\(goal) \(ShortNumber.text(number)) \(bars.text)")
    }
    if let kl = value("kl/full", record.metrics) ?? value("kl/k2", record.metrics) {
      parts.append("kl \(ShortNumber.text(kl, digits: 2))")
    }
    if let speed = value("tokens_per_second", record.notCompared), speed.isFinite {
      parts.append("\(ShortNumber.count(speed)) tokens/s")
    }
  }

  /// - Parameters:
  ///   - seconds: since the stage began.
  ///   - width: characters of the terminal; what doesn't fit is left out from the middle.
  package func text(seconds: Double, width: Int) -> String {
    var parts = ["\(label)\(stage.name)  \(step)/\(stage.steps)"] + self.parts
    let left =
      step > 0 ? ["\(Self.clock(seconds / Double(step) * Double(stage.steps - step))) left"] : []
    while parts.count > 1, (parts + left).joined(separator: "  ").count >= width { parts.removeLast() }
    return String((parts + left).joined(separator: "  ").prefix(max(width - 1, 0)))
  }

  private static func clock(_ seconds: Double) -> String {
    let whole = Int(min(seconds, 1e9).rounded(.up))
    let (minutes, rest) = (whole / 60, whole % 60)
    return "\(minutes):\(rest < 10 ? "0" : "")\(rest)"
  }
}
