import SwerveFiles
import SwerveScript

/// Schedules over the steps of their stages, one below the other, as one SVG picture.
struct ScheduleChart {
  let title: String
  let curves: [ScheduleCurve]
  /// Lines of text below the charts, for constant values.
  let notes: [String]

  private static let width = 720.0, panel = 170.0, top = 40.0
  private static let left = 70.0, right = 24.0, plotTop = 26.0, plotBottom = 34.0
  /// The most points of a curve; more would not be visible.
  private static let mostPoints = 1400

  func svg() -> String {
    let height = Self.top + Double(curves.count) * Self.panel + Double(notes.count) * 18 + 16
    var canvas = SVGCanvas(width: Self.width, height: height)
    canvas.text(title, "t", x: 16, y: 18)
    for (index, curve) in curves.enumerated() {
      draw(curve, color: index, top: Self.top + Double(index) * Self.panel, on: &canvas)
    }
    for (index, note) in notes.enumerated() {
      canvas.text(note, "a", x: 16, y: Self.top + Double(curves.count) * Self.panel + 8 + Double(index) * 18)
    }
    return canvas.svg
  }

  private func draw(_ curve: ScheduleCurve, color: Int, top: Double, on canvas: inout SVGCanvas) {
    let points = thinned(curve.points)
    let values = points.map { Double($0.value) }
    let (low, high) = (values.min() ?? 0, values.max() ?? 0)
    let y = axis(low, high)
    let x = Axis(low: 1, high: Double(max(curve.steps, 2)))
    let (first, last) = (top + Self.plotTop, top + Self.panel - Self.plotBottom)
    func down(_ value: Double) -> Double { last - y.share(value) * (last - first) }
    func across(_ step: Double) -> Double { Self.left + x.share(step) * (Self.width - Self.left - Self.right) }
    canvas.text("\(curve.stage): \(curve.option)", "h f\(color % SVGCanvas.colors)", x: 16, y: top + 8)
    canvas.text(curve.summary, "a", x: Self.width - Self.right, y: top + 8, .end)
    for tick in y.ticks {
      canvas.gridLine(from: Self.left, to: Self.width - Self.right, y: down(tick))
      canvas.text(DisplayNumber.short(tick), "a", x: Self.left - 8, y: down(tick), .end)
    }
    for tick in x.ticks where tick == tick.rounded() {
      canvas.text(DisplayNumber.short(tick, digits: 6), "a", x: across(tick), y: last + 14, .middle)
    }
    canvas.text("step", "a", x: 16, y: last + 14)
    canvas.curve(
      points.map { (across(Double($0.step)), down(Double($0.value))) }, color: color,
      title: "\(curve.stage): \(curve.option)")
  }

  /// The axis starts at 0 if the values come near it. A constant value is in the middle.
  private func axis(_ low: Double, _ high: Double) -> Axis {
    if low == high { return Axis(low: min(0, 2 * low), high: max(0, 2 * high)) }
    return Axis(low: low > 0 && low < high / 2 ? 0 : low, high: high)
  }

  /// Thins the points out, but keeps the first and the last one.
  private func thinned(_ points: [(step: Int, value: Float)]) -> [(step: Int, value: Float)] {
    let stride = points.count / Self.mostPoints + 1
    return points.enumerated().filter { $0.offset % stride == 0 || $0.offset == points.count - 1 }.map(\.element)
  }
}

extension ScheduleCurve {
  /// First, last, least and largest value.
  var summary: String {
    let values = points.map { Double($0.value) }
    guard let first = values.first, let last = values.last, let low = values.min(), let high = values.max() else {
      return "no value"
    }
    if low == high { return DisplayNumber.short(first) }
    return "first \(DisplayNumber.short(first)), last \(DisplayNumber.short(last)), min \(DisplayNumber.short(low)), "
      + "max \(DisplayNumber.short(high))"
  }

  /// A remark that a reader of the curve needs; nil if there is none.
  var note: String? {
    var notes: [String] = []
    let metrics = asked.map { "'\($0)'" }.joined(separator: ", ")
    if let step = needsMetricsFrom {
      notes.append("needs the metric \(metrics), which only a run knows: drawn up to step \(step - 1)")
    } else if !asked.isEmpty {
      notes.append("asks for the metric \(metrics), which only a run knows: drawn as it is without")
    }
    if stride > 1 { notes.append("every \(stride)th step is drawn") }
    return notes.isEmpty ? nil : notes.joined(separator: "; ")
  }
}
