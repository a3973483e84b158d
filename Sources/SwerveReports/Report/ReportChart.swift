import SwerveFiles
import SwerveText

/// Numbers of several series over the steps, or over quantiles, with their 95 % intervals.
struct ReportChart {
  struct Point {
    let x: Int
    let value: Estimate

    /// An infinity or a NaN can't be drawn; the table shows it.
    var isDrawn: Bool { value.low.isFinite && value.high.isFinite }
  }

  let name: String
  /// The meaning of x.
  private let across: String
  let lines: [(label: String, points: [Point])]
  private static let width = 560.0, height = 300.0
  private static let left = 52.0, right = 14.0, top = 34.0, bottom = 36.0

  /// nil if no series has the metric.
  init?(_ metric: String, _ series: [ReportData.Series]) {
    name = metric
    across = "step"
    lines = series.map { series in
      let points = series.steps(of: metric).compactMap { step in
        series.estimate(metric, step: step).map { Point(x: step, value: $0) }
      }
      return (series.label, points)
    }
    if lines.allSatisfy(\.points.isEmpty) { return nil }
  }

  /// The distribution of a column over all tokens of the last update, from the metrics COLUMN/qP.
  init?(quantilesOf column: String, _ series: [ReportData.Series]) {
    name = "\(column)/quantiles"
    across = "percent of the tokens are below"
    lines = series.map { series in
      let points = series.metrics.compactMap { metric -> Point? in
        guard let percent = metric.rest(after: column + "/q").flatMap({ Int($0) }),
          let step = series.steps(of: metric).last
        else { return nil }
        return series.estimate(metric, step: step).map { Point(x: percent, value: $0) }
      }
      return (series.label, points)
    }
    if lines.allSatisfy(\.points.isEmpty) { return nil }
  }

  /// - Parameter withLegend: adds a legend below the axis, for a picture that is a file of its own.
  func svg(withLegend: Bool = false) -> String {
    let lines = lines.map { (label: $0.label, points: $0.points.filter(\.isDrawn)) }
    let points = lines.flatMap(\.points)
    let xs = points.map { Double($0.x) }
    let x = Axis(low: xs.min() ?? 0, high: xs.max() ?? 1)
    let y = Self.valueAxis(low: points.map(\.value.low).min() ?? 0, high: points.map(\.value.high).max() ?? 1)
    func right(_ value: Int) -> Double {
      Self.left + x.share(Double(value)) * (Self.width - Self.left - Self.right)
    }
    func down(_ value: Double) -> Double {
      Self.height - Self.bottom - y.share(value) * (Self.height - Self.top - Self.bottom)
    }
    let legend = withLegend ? legendPlaces : []
    var canvas = SVGCanvas(width: Self.width, height: max(Self.height, (legend.last?.y ?? 0) + 16))
    canvas.text(name, "t", x: Self.left, y: 16)
    for tick in y.ticks {
      canvas.gridLine(from: Self.left, to: Self.width - Self.right, y: down(tick))
      canvas.text(DisplayNumber.short(tick), "a", x: Self.left - 8, y: down(tick), .end)
    }
    for tick in x.ticks where tick == tick.rounded() {
      canvas.text(DisplayNumber.short(tick), "a", x: right(Int(tick)), y: Self.height - Self.bottom + 16, .middle)
    }
    canvas.text(across, "a", x: Self.width - Self.right, y: Self.height - 8, .end)
    for (color, line) in lines.enumerated() where line.points.contains(where: \.value.hasInterval) {
      canvas.band(
        line.points.map { (right($0.x), down($0.value.high)) },
        line.points.map { (right($0.x), down($0.value.low)) }, color: color)
    }
    for (color, line) in lines.enumerated() {
      canvas.curve(
        line.points.map { (right($0.x), down($0.value.mean)) }, color: color, title: line.label)
      for point in line.points {
        canvas.dot(
          x: right(point.x), y: down(point.value.mean), color: color,
          title: "\(line.label), \(across) \(point.x): \(ReportText.interval(point.value))")
      }
    }
    for (color, place) in legend.enumerated() {
      canvas.key(x: place.x, y: place.y, color: color)
      canvas.text(lines[color].label, "a", x: place.x + 26, y: place.y)
    }
    return canvas.svg(label: "\(name), across: \(across); the table below has the numbers")
  }

  /// The positions of the legend's entries, row by row from left to right; a letter is about 7 units wide.
  private var legendPlaces: [(x: Double, y: Double)] {
    var places: [(x: Double, y: Double)] = []
    var x = Self.left
    var y = Self.height + 8
    for line in lines {
      let length = 46 + 7 * Double(line.label.count)
      if x > Self.left, x + length > Self.width - Self.right {
        x = Self.left
        y += 18
      }
      places.append((x, y))
      x += length
    }
    return places
  }

  /// The axis starts at 0, unless all values are far from it.
  private static func valueAxis(low: Double, high: Double) -> Axis {
    low > high / 2 ? Axis(low: max(0, low - (high - low) / 4), high: high) : Axis(low: min(0, low), high: high)
  }

  /// The numbers of the picture: a row for each step.
  var table: [[String]] {
    let xs = Set(lines.flatMap { $0.points.map(\.x) }).sorted()
    let values = lines.map { line in Dictionary(line.points.map { ($0.x, $0.value) }) { first, _ in first } }
    return [[across] + lines.map(\.label)]
      + xs.map { x in
        ["\(x)"]
          + values.map { value in
            value[x].map(ReportText.interval) ?? "-"
          }
      }
  }
}
