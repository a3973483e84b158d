import SwerveRL

/// The metrics of a run that a pattern names, over the steps, as one SVG picture: a line for each stage and metric.
///
/// The picture needs nothing else: it carries its colours for light and dark pages (Okabe and Ito's palette, which colour-blind
/// people tell apart) and names every line at its end.
package struct RunChart {
  struct Line {
    let label: String
    let points: [(x: Double, y: Double)]
  }

  private let title: String
  private let lines: [Line]
  private static let width = 720.0, height = 360.0
  private static let left = 56.0, right = 190.0, top = 40.0, bottom = 44.0

  /// - Parameter only: names metrics, as in `success/plus1` or `critical/plus1/*`.
  /// - Throws: RunError.badField where no metric of the run has such a name.
  package init(_ run: RecordedRun, only: Glob) throws {
    title = run.manifest.name
    var lines: [Line] = []
    var stages: [String] = []
    for step in run.recorded.steps where !stages.contains(step.stage) { stages.append(step.stage) }
    for stage in stages {
      let steps = run.recorded.steps.filter { $0.stage == stage }
      var names: [String] = []
      for metric in steps.flatMap(\.metrics) where only.matches(metric.name) && !names.contains(metric.name) {
        names.append(metric.name)
      }
      for name in names {
        let points = steps.compactMap { step in
          step.metrics.first { $0.name == name }?.value.map { (x: Double(step.step), y: Double($0)) }
        }
        if !points.isEmpty { lines.append(Line(label: "\(name) \(stage)", points: points)) }
      }
    }
    if lines.isEmpty {
      throw RunError.badField(
        path: run.path, line: nil, field: "metric", found: only.pattern,
        expected: "the name of a metric, as `swerve show` lists")
    }
    self.lines = lines
  }

  package func svg() -> String {
    let xs = lines.flatMap { $0.points.map(\.x) }
    let ys = lines.flatMap { $0.points.map(\.y) }
    let x = Axis(low: xs.min() ?? 0, high: xs.max() ?? 1)
    let y = Axis(low: min(0, ys.min() ?? 0), high: ys.max() ?? 1)
    var parts = [Self.head, "<text class=\"t\" x=\"\(Self.left)\" y=\"22\">\(escaped(title))</text>"]
    for tick in y.ticks {
      let place = number(down(tick, y))
      parts.append(
        "<line class=\"g\" x1=\"\(Self.left)\" x2=\"\(Self.width - Self.right)\" y1=\"\(place)\" y2=\"\(place)\"/>")
      parts.append(
        "<text class=\"a\" text-anchor=\"end\" x=\"\(Self.left - 8)\" y=\"\(place)\" dy=\"4\">\(number(tick))</text>")
    }
    for tick in x.ticks {
      parts.append(
        "<text class=\"a\" text-anchor=\"middle\" x=\"\(number(across(tick, x)))\" y=\"\(Self.height - Self.bottom + 20)\">"
          + "\(number(tick))</text>")
    }
    parts.append(
      "<text class=\"a\" x=\"\(Self.width - Self.right)\" y=\"\(Self.height - 8)\" text-anchor=\"end\">step</text>")
    let labels = Self.spread(lines.map { down($0.points.last?.y ?? 0, y) })
    for (index, line) in lines.enumerated() {
      let path = line.points.map { "\(number(across($0.x, x))),\(number(down($0.y, y)))" }.joined(separator: " ")
      parts.append(
        "<polyline class=\"l c\(index % 7)\" points=\"\(path)\"><title>\(escaped(line.label))</title></polyline>")
      parts.append(
        "<text class=\"n f\(index % 7)\" x=\"\(Self.width - Self.right + 8)\" y=\"\(number(labels[index]))\" dy=\"4\">"
          + "\(escaped(line.label))</text>")
    }
    return parts.joined(separator: "\n") + "\n</svg>\n"
  }

  private func across(_ value: Double, _ axis: Axis) -> Double {
    Self.left + axis.share(value) * (Self.width - Self.left - Self.right)
  }

  private func down(_ value: Double, _ axis: Axis) -> Double {
    Self.height - Self.bottom - axis.share(value) * (Self.height - Self.top - Self.bottom)
  }

  /// Labels at least 16 apart, in the order of their places.
  private static func spread(_ places: [Double]) -> [Double] {
    var result = places
    var last = -Double.infinity
    for index in places.indices.sorted(by: { (places[$0], $0) < (places[$1], $1) }) {
      result[index] = max(places[index], last + 16)
      last = result[index]
    }
    return result
  }

  private func escaped(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      default: result.append(character)
      }
    }
  }

  /// At most two decimals, none where the number is whole.
  private func number(_ value: Double) -> String {
    let hundredths = (value * 100).rounded() / 100
    return hundredths == hundredths.rounded() && abs(hundredths) < 1e15 ? "\(Int(hundredths))" : "\(hundredths)"
  }

  private static let head = """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(width)) \(Int(height))" font-family="sans-serif" font-size="12">
    <style>
    .t{font-size:15px;font-weight:bold;fill:#222}.a{fill:#555}.g{stroke:#ddd}.l{fill:none;stroke-width:2}
    .c0{stroke:#0072b2}.c1{stroke:#d55e00}.c2{stroke:#009e73}.c3{stroke:#cc79a7}.c4{stroke:#56b4e9}.c5{stroke:#e69f00}.c6{stroke:#888}
    .f0{fill:#0072b2}.f1{fill:#d55e00}.f2{fill:#009e73}.f3{fill:#cc79a7}.f4{fill:#3a8fc0}.f5{fill:#b87f00}.f6{fill:#888}
    @media (prefers-color-scheme:dark){.t{fill:#eee}.a{fill:#bbb}.g{stroke:#444}}
    </style>
    """
}

/// The range of an axis and round places on it.
private struct Axis {
  let low: Double
  let high: Double

  init(low: Double, high: Double) {
    self.low = low
    self.high = high > low ? high : low + 1
  }

  func share(_ value: Double) -> Double { (value - low) / (high - low) }

  /// Multiples of 1, 2 or 5 times a power of ten, about five of them.
  var ticks: [Double] {
    var step = 1.0
    while step * 5 > high - low { step /= 10 }
    while step * 50 < high - low { step *= 10 }
    for factor in [10.0, 5, 2] where (high - low) / (step * factor) >= 4 {
      step *= factor
      break
    }
    var ticks: [Double] = []
    var index = (low / step).rounded(.up)
    while index * step <= high + step / 1000 {
      ticks.append(index * step)
      index += 1
    }
    return ticks
  }
}
