import SwerveFiles
import SwerveRL
import SwerveText

/// hP over hR of each series as a threshold on the probabilities goes down, and the points at which inference rules are.
struct ThresholdChart {
  private struct Point {
    let threshold: Double
    let recall: SeedMean
    let precision: SeedMean
  }

  private struct Mark {
    let rule: String
    let recall: Estimate
    let precision: Estimate
  }

  private struct Line {
    let label: String
    /// By rising thresholds.
    let points: [Point]
    let marks: [Mark]
  }

  private let lines: [Line]
  let name: String

  private static let width = 400.0, plot = 260.0, left = 48.0, right = 14.0, bottom = 36.0, top = 66.0
  /// Points that are nearer to each other have one label.
  private static let near = 12.0
  /// The thresholds between which the picture shows the curve.
  private static let drawn = 0.05...0.95

  /// Nil where no record has the numbers.
  init?(_ members: [ClassifiedSeries], set: String) {
    name = "hp-hr/\(set)"
    lines = members.map { member in
      let marks = member.rules.compactMap { rule in
        member.estimate(.recall, rule: rule).flatMap { recall in
          member.estimate(.precision, rule: rule).map { Mark(rule: rule, recall: recall, precision: $0) }
        }
      }
      return Line(label: member.label, points: Self.points(member.details), marks: marks)
    }
    if lines.allSatisfy(\.points.isEmpty) { return nil }
  }

  /// The means over the runs at each threshold that all have; precision is absent where nothing is predicted.
  private static func points(_ details: [ClassificationDetails]) -> [Point] {
    guard let first = details.first else { return [] }
    return first.curve.compactMap { point in
      let own = details.compactMap { details -> (recall: Double, precision: Double)? in
        let truths = details.truths.reduce(0, +)
        guard let point = details.curve.first(where: { $0.threshold == point.threshold }), truths > 0,
          point.predictions > 0
        else { return nil }
        return (Double(point.hits) / Double(truths), Double(point.hits) / Double(point.predictions))
      }
      guard own.count == details.count, let recall = SeedMean(own.map(\.recall)),
        let precision = SeedMean(own.map(\.precision))
      else { return nil }
      return Point(threshold: point.threshold, recall: recall, precision: precision)
    }
  }

  func svg(withLegend: Bool = false) -> String {
    let curves = lines.map { $0.points.filter { Self.drawn.contains($0.threshold) } }
    let recalls = curves.joined().map(\.recall.mean) + lines.flatMap(\.marks).map(\.recall.mean)
    let precisions = curves.joined().map(\.precision.mean) + lines.flatMap(\.marks).map(\.precision.mean)
    func axis(_ values: [Double]) -> Axis {
      let (low, high) = (values.min() ?? 0, values.max() ?? 1)
      let room = max(high - low, 0.01) / 20
      return Axis(low: max(0, low - room), high: min(1, high + room))
    }
    let (x, y) = (axis(recalls), axis(precisions))
    let height = Self.top + Self.plot + Self.bottom
    func right(_ value: Double) -> Double { Self.left + x.share(value) * (Self.width - Self.left - Self.right) }
    func down(_ value: Double) -> Double { Self.top + (1 - y.share(value)) * Self.plot }
    let legend = withLegend ? lines : []
    var canvas = SVGCanvas(width: Self.width, height: height + 18 * Double(legend.count))
    canvas.text(name, "t", x: 8, y: 16)
    canvas.text("hP over hR; thresholds from 0.05 to 0.95, the table has all", "a", x: 8, y: 34)
    canvas.text("points: inference rules", "a", x: 8, y: 50)
    for tick in y.ticks {
      canvas.gridLine(from: Self.left, to: Self.width - Self.right, y: down(tick))
      canvas.text(DisplayNumber.short(tick), "a", x: Self.left - 8, y: down(tick), .end)
    }
    for tick in x.ticks {
      canvas.text(DisplayNumber.short(tick), "a", x: right(tick), y: height - Self.bottom + 16, .middle)
    }
    canvas.text("hR", "a", x: Self.width - Self.right, y: height - 6, .end)
    for (color, line) in lines.enumerated() {
      canvas.curve(
        curves[color].map { (right($0.recall.mean), down($0.precision.mean)) }, color: color, title: line.label)
      for mark in line.marks {
        canvas.dot(
          x: right(mark.recall.mean), y: down(mark.precision.mean), color: color,
          title: "\(line.label) \(mark.rule): hR \(ReportText.interval(mark.recall)), "
            + "hP \(ReportText.interval(mark.precision))")
      }
    }
    if lines.count == 1 {
      let points = lines[0].marks.map { (x: right($0.recall.mean), y: down($0.precision.mean), rule: $0.rule) }
      for label in Self.labels(points) { canvas.text(label.text, "a", x: label.x, y: label.y, label.anchor) }
    }
    for (color, line) in legend.enumerated() {
      let y = height + 6 + 18 * Double(color)
      canvas.key(x: 8, y: y, color: color)
      canvas.text(line.label, "a", x: 34, y: y)
    }
    return canvas.svg(
      label: "hP over hR of \(lines.map(\.label).joined(separator: ", ")); the table below has the numbers")
  }

  /// A label beside each group of points, on the side where there is more room, below one another where they would overlap.
  private static func labels(
    _ points: [(x: Double, y: Double, rule: String)]
  ) -> [(text: String, x: Double, y: Double, anchor: SVGCanvas.Anchor)] {
    var groups: [(x: Double, y: Double, rules: [String])] = []
    for point in points {
      let index = groups.firstIndex { abs($0.x - point.x) < near && abs($0.y - point.y) < near }
      if let index { groups[index].rules.append(point.rule) } else { groups.append((point.x, point.y, [point.rule])) }
    }
    groups.sort { ($0.y, $0.x) < ($1.y, $1.x) }
    var lowest = [SVGCanvas.Anchor.start: 0.0, .end: 0.0]
    // A line holds about this many letters.
    let most = 26
    return groups.flatMap { group -> [(text: String, x: Double, y: Double, anchor: SVGCanvas.Anchor)] in
      let anchor: SVGCanvas.Anchor = group.x > width / 2 ? .end : .start
      var lines: [String] = []
      for rule in group.rules {
        if let last = lines.last, last.count + rule.count < most {
          lines[lines.count - 1] = last + ", " + rule
        } else {
          lines.append(rule)
        }
      }
      return lines.map { text in
        let y = max(group.y, lowest[anchor, default: 0] + 14)
        lowest[anchor] = y
        return (text, group.x + (anchor == .end ? -8 : 8), y, anchor)
      }
    }
  }

  /// A row for each threshold, falling, and then one for each rule.
  var table: ReportTable {
    func cell(_ mean: SeedMean) -> ReportTable.Cell { .estimate(Estimate(value: mean, rate: nil, runs: mean.count)) }
    let rows = lines.flatMap { line in
      line.points.reversed().map { point -> [ReportTable.Cell] in
        [
          .text(line.label), .text("threshold " + ReportText.number(point.threshold, decimals: 5)), cell(point.recall),
          cell(point.precision),
        ]
      }
        + line.marks.map { [.text(line.label), .text($0.rule), .estimate($0.recall), .estimate($0.precision)] }
    }
    return ReportTable(name: name, columns: ["series", "at", "hR", "hP"], rows: rows)
  }
}
