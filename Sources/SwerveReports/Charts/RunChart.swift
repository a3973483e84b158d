import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveText

/// The metrics of a run that match a pattern, over the steps, as one SVG picture with a line for each stage and metric.
///
/// The name of each line is at its end.
package struct RunChart {
  struct Line {
    let label: String
    let points: [(x: Double, y: Double)]
  }

  private let title: String
  private let lines: [Line]
  private static let width = 720.0, height = 360.0
  private static let left = 56.0, right = 190.0, top = 40.0, bottom = 44.0

  /// The pattern of the metrics that are drawn if none is asked for.
  package static let usual = MetricTable.rateGlobs.first ?? "*"

  /// - Parameter only: the pattern for names of metrics, such as `success/plus1` or `critical/plus1/*`.
  /// - Throws: UsageError if no metric of the run matches.
  package init(_ run: RecordedRun, only: Glob) throws {
    title = run.manifest.name
    var lines: [Line] = []
    for stage in run.recorded.steps.map(\.stage).distinct {
      let steps = run.recorded.steps.filter { $0.stage === stage }
      for name in steps.flatMap(\.metrics).map(\.name).distinct where only.matches(name) {
        // An infinity or a NaN can't be drawn; the record shows it.
        let points = steps.compactMap { step in
          step.metrics.first { $0.name === name && $0.value?.isFinite ?? false }?.value
            .map { (x: Double(step.step), y: Double($0)) }
        }
        if !points.isEmpty { lines.append(Line(label: "\(name) \(stage)", points: points)) }
      }
    }
    if lines.isEmpty {
      let names = run.recorded.steps.flatMap(\.metrics).map(\.name).distinct
      throw UsageError(
        "no metric of \(run.path) has a name like '\(only.pattern)'",
        hint: "it has \(names.joined(separator: ", "))")
    }
    self.lines = lines
  }

  package func svg() -> String {
    let xs = lines.flatMap { $0.points.map(\.x) }
    let ys = lines.flatMap { $0.points.map(\.y) }
    let x = Axis(low: xs.min() ?? 0, high: xs.max() ?? 1)
    let y = Axis(low: min(0, ys.min() ?? 0), high: ys.max() ?? 1)
    var canvas = SVGCanvas(width: Self.width, height: Self.height)
    canvas.text(title, "t", x: Self.left, y: 18)
    let edge = Self.width - Self.right
    for tick in y.ticks {
      canvas.gridLine(from: Self.left, to: edge, y: down(tick, y))
      canvas.text(DisplayNumber.short(tick), "a", x: Self.left - 8, y: down(tick, y), .end)
    }
    for tick in x.ticks {
      canvas.text(DisplayNumber.short(tick), "a", x: across(tick, x), y: Self.height - Self.bottom + 16, .middle)
    }
    canvas.text("step", "a", x: edge, y: Self.height - 12, .end)
    let labels = Self.spread(lines.map { down($0.points.last?.y ?? 0, y) })
    for (index, line) in lines.enumerated() {
      // A long curve is thinned without losing a pixel.
      let kept = CurveShape.thinned(line.points.map(\.y), columns: 500).map { line.points[$0] }
      canvas.curve(kept.map { (across($0.x, x), down($0.y, y)) }, color: index, title: line.label)
      canvas.text(line.label, "n f\(index % SVGCanvas.colors)", x: edge + 8, y: labels[index])
    }
    return canvas.svg
  }

  private func across(_ value: Double, _ axis: Axis) -> Double {
    Self.left + axis.share(value) * (Self.width - Self.left - Self.right)
  }

  private func down(_ value: Double, _ axis: Axis) -> Double {
    Self.height - Self.bottom - axis.share(value) * (Self.height - Self.top - Self.bottom)
  }

  /// Moves labels to be at least 16 apart, in the order of their positions.
  private static func spread(_ places: [Double]) -> [Double] {
    var result = places
    var last = -Double.infinity
    for index in places.indices.sorted(by: { (places[$0], $0) < (places[$1], $1) }) {
      result[index] = max(places[index], last + 16)
      last = result[index]
    }
    return result
  }
}
