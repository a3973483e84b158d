import SwerveFiles
import SwerveRL
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
  /// What the numbers are, such as "share of episodes, n = 200, greedy".
  private let subtitle: String
  /// How many values a curve takes the mean of; nil: chosen by the length of the curve.
  private let smoothing: Int?
  /// What the numbers can be: intervals are drawn no further.
  private var bounds = -Double.infinity...Double.infinity

  private static let width = 400.0
  private static let left = 48.0, right = 14.0, bottom = 36.0
  /// The height of the plot itself.
  private static let plot = 190.0
  /// Longer curves have no dots.
  private static let mostDots = 100
  /// Longer curves are thinned to four points for each of these parts of the width.
  private static let columns = 200
  /// Longer tables show steps at equal distances.
  static let mostRows = 200

  /// nil if no series has the metric.
  init?(_ metric: String, _ series: [ReportData.Series], smoothing: Int? = nil) {
    name = metric
    across = "step"
    lines = series.map { series in
      let points = series.steps(of: metric).compactMap { step in
        series.estimate(metric, step: step).map { Point(x: step, value: $0) }
      }
      return (series.label, points)
    }
    if lines.allSatisfy(\.points.isEmpty) { return nil }
    subtitle = Self.subtitle(metric, series)
    // Evaluations are few, and each is a result by itself.
    self.smoothing = smoothing ?? (MetricTable.isEvaluation(metric) ? 1 : nil)
  }

  /// Numbers over something else than steps; nil without any.
  init?(
    _ name: String, across: String, _ lines: [(label: String, points: [Point])], subtitle: String,
    within bounds: ClosedRange<Double>
  ) {
    self.bounds = bounds
    (self.name, self.across, self.lines, self.subtitle, smoothing) = (name, across, lines, subtitle, 1)
    if lines.allSatisfy(\.points.isEmpty) { return nil }
  }

  /// The distribution of a column over all tokens of the last update, from the metrics COLUMN/qP.
  init?(quantilesOf column: String, _ series: [ReportData.Series]) {
    name = "\(column)/quantiles"
    across = "percent of the tokens are below"
    subtitle = ""
    smoothing = 1
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

  /// The unit from the table of metrics; of an evaluation also the episodes of each run and how tokens were chosen.
  private static func subtitle(_ metric: String, _ series: [ReportData.Series]) -> String {
    var words: [String] = []
    if let unit = MetricTable.row(of: metric)?.unit, unit != .number { words.append(unit.rawValue) }
    if MetricTable.isEvaluation(metric) {
      let evaluations = series.flatMap { series in series.measuring(metric).map { series.evaluations[$0] } }
      let counts = evaluations.compactMap { $0.episodes(metric) }.distinct.sorted()
      if let least = counts.first, let most = counts.last {
        words.append("n = \(least == most ? "\(most)" : "\(least) to \(most)")")
      }
      let modes = evaluations.compactMap(\.mode).distinct
      if modes.count == 1 { words.append(modes[0]) }
    }
    return words.joined(separator: ", ")
  }

  // MARK: Picture

  /// A curve as it is drawn.
  private struct Curve {
    let label: String
    let points: [Point]
    /// 1: not smoothed.
    let window: Int
    let means: [Double]
    let lows: [Double]
    let highs: [Double]

    init(label: String, points: [Point], window: Int, within bounds: ClosedRange<Double>) {
      self.label = label
      self.points = points
      self.window = window
      means = CurveShape.runningMean(points.map(\.value.mean), window: window)
      lows = CurveShape.runningMean(points.map { max($0.value.low, bounds.lowerBound) }, window: window)
      highs = CurveShape.runningMean(points.map { min($0.value.high, bounds.upperBound) }, window: window)
    }
  }

  private var curves: [Curve] {
    lines.map { line in
      let points = line.points.filter(\.isDrawn)
      // An even window has no middle.
      let window = smoothing.map { $0 | 1 } ?? CurveShape.window(points.count)
      return Curve(label: line.label, points: points, window: min(window, max(1, points.count)), within: bounds)
    }
  }

  /// The lines below the title.
  private func notes(_ curves: [Curve]) -> [String] {
    let windows = curves.map(\.window).filter { $0 > 1 }
    var words = subtitle.isEmpty ? [] : [subtitle]
    if let least = windows.min(), let most = windows.max() {
      words.append("mean of \(least == most ? "\(most)" : "\(least) to \(most)") values; faint: each value")
    }
    // A line of the picture holds about sixty characters.
    return words.reduce(into: []) { lines, words in
      if let last = lines.last, last.count + words.count < 58 {
        lines[lines.count - 1] = last + "; " + words
      } else {
        lines.append(words)
      }
    }
  }

  /// - Parameter withLegend: adds a legend below the axis, for a picture that is a file of its own.
  func svg(withLegend: Bool = false) -> String {
    let curves = curves
    let notes = notes(curves)
    let top = 34 + 16 * Double(notes.count)
    let height = top + Self.plot + Self.bottom
    let points = curves.flatMap(\.points)
    let xs = points.map { Double($0.x) }
    let x = Axis(low: xs.min() ?? 0, high: xs.max() ?? 1)
    // The faint curve of single values has to fit, and the interval of the smoothed one.
    let lows = curves.flatMap { $0.window > 1 ? $0.lows + $0.points.map(\.value.mean) : $0.lows }
    let highs = curves.flatMap { $0.window > 1 ? $0.highs + $0.points.map(\.value.mean) : $0.highs }
    let y = Self.valueAxis(low: lows.min() ?? 0, high: highs.max() ?? 1)
    func right(_ value: Int) -> Double {
      Self.left + x.share(Double(value)) * (Self.width - Self.left - Self.right)
    }
    func down(_ value: Double) -> Double { top + (1 - y.share(value)) * Self.plot }
    let legend = withLegend ? legendPlaces(below: height) : []
    let widest = zip(legend, lines).map { $0.x + Self.legendWidth($1.label) }.max() ?? 0
    var canvas = SVGCanvas(width: max(Self.width, widest), height: max(height, (legend.last?.y ?? 0) + 16))
    canvas.text(name, "t", x: 8, y: 16)
    for (number, note) in notes.enumerated() { canvas.text(note, "a", x: 8, y: 34 + 16 * Double(number)) }
    for tick in y.ticks {
      canvas.gridLine(from: Self.left, to: Self.width - Self.right, y: down(tick))
      canvas.text(DisplayNumber.short(tick), "a", x: Self.left - 8, y: down(tick), .end)
    }
    for tick in x.ticks where tick == tick.rounded() {
      canvas.text(DisplayNumber.short(tick), "a", x: right(Int(tick)), y: height - Self.bottom + 16, .middle)
    }
    canvas.text(across, "a", x: Self.width - Self.right, y: height - 6, .end)
    for (color, curve) in curves.enumerated() where curve.points.contains(where: \.value.hasInterval) {
      let buckets = Self.buckets(curve)
      func bound(_ value: (Range<Int>) -> Double) -> [(x: Double, y: Double)] {
        buckets.map { (right(curve.points[($0.lowerBound + $0.upperBound) / 2].x), down(value($0))) }
      }
      canvas.band(
        bound { curve.highs[$0].max() ?? 0 }, bound { curve.lows[$0].min() ?? 0 }, color: color)
    }
    for (color, curve) in curves.enumerated() {
      func draw(_ values: [Double], _ title: String, isFaint: Bool = false) {
        let kept = CurveShape.thinned(values, columns: Self.columns)
        canvas.curve(
          kept.map { (right(curve.points[$0].x), down(values[$0])) }, color: color, title: title, isFaint: isFaint)
      }
      if curve.window > 1 {
        draw(curve.points.map(\.value.mean), "\(curve.label), each value", isFaint: true)
        draw(curve.means, "\(curve.label), mean of \(curve.window) values")
        continue
      }
      draw(curve.means, curve.label)
      if curve.points.count > Self.mostDots { continue }
      for point in curve.points {
        canvas.dot(
          x: right(point.x), y: down(point.value.mean), color: color,
          title: "\(curve.label), \(across) \(point.x): \(ReportText.interval(point.value))")
      }
    }
    for (color, place) in legend.enumerated() {
      canvas.key(x: place.x, y: place.y, color: color)
      canvas.text(lines[color].label, "a", x: place.x + 26, y: place.y)
    }
    return canvas.svg(label: "\(name), across: \(across); the table below has the numbers")
  }

  /// The ranges of points that the band around a curve takes together.
  private static func buckets(_ curve: Curve) -> [Range<Int>] {
    let count = curve.points.count
    return count <= 2 * columns ? curve.points.indices.map { $0..<$0 + 1 } : CurveShape.buckets(count, columns)
  }

  /// The positions of the legend's entries, row by row from left to right.
  private func legendPlaces(below height: Double) -> [(x: Double, y: Double)] {
    var places: [(x: Double, y: Double)] = []
    var x = 8.0
    var y = height + 8
    for line in lines {
      let length = Self.legendWidth(line.label)
      if x > 8, x + length > Self.width - Self.right {
        x = 8
        y += 18
      }
      places.append((x, y))
      x += length
    }
    return places
  }

  /// A letter is about 7 units wide.
  private static func legendWidth(_ label: String) -> Double { 46 + 7 * Double(label.count) }

  /// The axis starts at 0, unless all values are far from it.
  private static func valueAxis(low: Double, high: Double) -> Axis {
    low > high / 2 ? Axis(low: max(0, low - (high - low) / 4), high: high) : Axis(low: min(0, low), high: high)
  }

  // MARK: Numbers

  /// The numbers of the picture: a row for each step.
  /// - Parameter most: of so many rows, at equal distances; nil: all.
  func table(most: Int? = nil) -> ReportTable {
    let xs = xs
    let kept = most.map { CurveShape.evenly(xs.count, most: $0).indices.map { xs[$0] } } ?? xs
    let values = lines.map { line in Dictionary(line.points.map { ($0.x, $0.value) }) { first, _ in first } }
    return ReportTable(
      name: name, columns: [across] + lines.map(\.label),
      rows: kept.map { x in [.count(x)] + values.map { $0[x].map { .estimate($0) } ?? .missing } })
  }

  /// How many rows the table of at most `mostRows` rows leaves out between two rows; 1 if it has all.
  var stride: Int { CurveShape.evenly(xs.count, most: Self.mostRows).stride }

  private var xs: [Int] { lines.flatMap { $0.points.map(\.x) }.distinct.sorted() }
}
