/// One metric of several series over the steps: the mean over seeds, and the 95 % interval around it.
struct ReportChart {
  struct Point {
    let step: Int
    let value: SeedMean
  }

  let metric: String
  let lines: [(label: String, points: [Point])]
  private static let width = 560.0, height = 300.0
  private static let left = 52.0, right = 14.0, top = 34.0, bottom = 36.0

  /// nil where no series has the metric.
  init?(_ metric: String, _ series: [ReportData.Series]) {
    self.metric = metric
    lines = series.map { series in
      let points = series.steps(of: metric).compactMap { step in
        SeedMean(series.values(metric, step: step)).map { Point(step: step, value: $0) }
      }
      return (series.label, points)
    }
    if lines.allSatisfy(\.points.isEmpty) { return nil }
  }

  func svg() -> String {
    let points = lines.flatMap(\.points)
    let steps = points.map { Double($0.step) }
    let lows = points.map { $0.value.mean - ($0.value.halfWidth ?? 0) }
    let highs = points.map { $0.value.mean + ($0.value.halfWidth ?? 0) }
    let x = Axis(low: steps.min() ?? 0, high: steps.max() ?? 1)
    let y = Self.valueAxis(low: lows.min() ?? 0, high: highs.max() ?? 1)
    func across(_ step: Int) -> Double {
      Self.left + x.share(Double(step)) * (Self.width - Self.left - Self.right)
    }
    func down(_ value: Double) -> Double {
      Self.height - Self.bottom - y.share(value) * (Self.height - Self.top - Self.bottom)
    }
    var canvas = SVGCanvas(width: Self.width, height: Self.height)
    canvas.text(metric, "t", x: Self.left, y: 16)
    for tick in y.ticks {
      canvas.gridLine(from: Self.left, to: Self.width - Self.right, y: down(tick))
      canvas.text(ShortNumber.text(tick), "a", x: Self.left - 8, y: down(tick), .end)
    }
    for tick in x.ticks where tick == tick.rounded() {
      canvas.text(ShortNumber.text(tick), "a", x: across(Int(tick)), y: Self.height - Self.bottom + 16, .middle)
    }
    canvas.text("step", "a", x: Self.width - Self.right, y: Self.height - 8, .end)
    for (color, line) in lines.enumerated() where line.points.contains(where: { $0.value.halfWidth != nil }) {
      canvas.band(
        line.points.map { (across($0.step), down($0.value.mean + ($0.value.halfWidth ?? 0))) },
        line.points.map { (across($0.step), down($0.value.mean - ($0.value.halfWidth ?? 0))) }, color: color)
    }
    for (color, line) in lines.enumerated() {
      canvas.curve(
        line.points.map { (across($0.step), down($0.value.mean)) }, color: color, title: line.label)
      for point in line.points {
        canvas.dot(
          x: across(point.step), y: down(point.value.mean), color: color,
          title: "\(line.label), step \(point.step): \(ReportText.interval(point.value))")
      }
    }
    return canvas.svg(label: "\(metric) over the steps; the table below has the numbers")
  }

  /// From 0, unless all that is to be seen lies far from it.
  private static func valueAxis(low: Double, high: Double) -> Axis {
    low > high / 2 ? Axis(low: max(0, low - (high - low) / 4), high: high) : Axis(low: min(0, low), high: high)
  }

  /// The numbers of the picture: a row for each step.
  var table: [[String]] {
    let steps = Array(Set(lines.flatMap { $0.points.map(\.step) })).sorted()
    return [["step"] + lines.map(\.label)]
      + steps.map { step in
        ["\(step)"]
          + lines.map { line in
            line.points.first { $0.step == step }.map { ReportText.interval($0.value) } ?? "-"
          }
      }
  }
}
