import SwerveFiles
import SwerveRL
import SwerveScript
import SwerveText

extension PlanForecast {
  // MARK: Text

  /// - Parameter width: the width of the terminal in characters.
  package func text(width: Int) -> String {
    let head = ["STAGE", "KIND", "STEPS", "TRAINED ON", "SAMPLED", "TIME", "TRAINING", "SAMPLING"]
    var rows = [head]
    for stage in stages {
      rows.append([
        stage.info.name, stage.info.kind, "\(stage.info.steps)", DisplayNumber.count(stage.trained) + " tokens",
        Self.tokens(stage.collected + stage.evaluated), DisplayNumber.duration(stage.seconds),
        DisplayNumber.count(stage.trainingSpeed) + "/s",
        stage.samplingSpeed.map { DisplayNumber.count($0) + "/s" } ?? "-",
      ])
    }
    if stages.count > 1 {
      rows.append([
        "total", "", "\(stages.reduce(0) { $0 + $1.info.steps })",
        DisplayNumber.count(stages.reduce(0) { $0 + $1.trained }) + " tokens",
        Self.tokens(stages.reduce(0) { $0 + $1.collected + $1.evaluated }), DisplayNumber.duration(seconds), "",
        "",
      ])
    }
    var text = TextTable.text(rows) + "\n" + Self.wrapped("(\(basis))", width)
    text += stages.flatMap(Self.endings).map { Self.wrapped($0, width) }.joined()
    for curve in curves where !curve.isConstant { text += "\n" + Self.drawn(curve, width) }
    return text + "\n" + constants.map { Self.wrapped($0, width) }.joined()
  }

  /// Which step gives a stage's result, and whether it may be over before its last one.
  private static func endings(_ stage: Stage) -> [String] {
    let best = stage.info.best.map { best in
      "\(stage.info.name): the result is the step with the \(best.mode.rawValue) of \(best.metric), which `keep` names"
    }
    let stop =
      stage.mayStop
      ? "\(stage.info.name): `stop_when` may end it before step \(stage.info.steps); the estimate is for all steps"
      : nil
    return [best, stop].compactMap { $0 }
  }

  private static func tokens(_ count: Double) -> String { count == 0 ? "-" : DisplayNumber.count(count) + " tokens" }

  /// "constant in STAGE: vf 0.1, entropy 0.001"
  private var constants: [String] {
    stages.compactMap { stage in
      let fixed = curves.filter { $0.stage === stage.info.name && $0.isConstant && !$0.points.isEmpty }
      if fixed.isEmpty { return nil }
      return "constant in \(stage.info.name): "
        + fixed.map { "\($0.option) \(ExactText.text($0.points[0].value))" }.joined(separator: ", ")
    }
  }

  private static func drawn(_ curve: ScheduleCurve, _ width: Int) -> String {
    var text = "\(curve.stage): \(curve.option)   \(curve.summary), steps 1 to \(curve.steps)\n"
    let values = curve.points.map { Double($0.value) }
    let labels = [DisplayNumber.short(values.max() ?? 0), DisplayNumber.short(values.min() ?? 0)]
    let gutter = max(labels[0].count, labels[1].count)
    // A flat line would add nothing to its number.
    let height = values.max() == values.min() ? 0 : 4
    let lines = BrailleChart.lines(
      curve.points.map { (Double($0.step), Double($0.value)) }, width: max(10, width - gutter - 4), height: height)
    for (index, line) in lines.enumerated() {
      let label = index == 0 ? labels[0] : index == height - 1 ? labels[1] : ""
      var row = String(repeating: " ", count: gutter - label.count) + label + " | " + line
      while row.unicodeScalars.last == " " { row.unicodeScalars.removeLast() }
      text += row + "\n"
    }
    if let note = curve.note { text += wrapped("(\(note))", width) }
    return text
  }

  private static func wrapped(_ text: String, _ width: Int) -> String {
    var lines: [String] = []
    for word in text.pieces(at: " ") {
      if let last = lines.last, last.count + 1 + word.count <= max(width, 40) {
        lines[lines.count - 1] += " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines.map { $0 + "\n" }.joined()
  }

  // MARK: SVG and JSON

  package func svg() -> String {
    let time = DisplayNumber.duration(seconds)
    return ScheduleChart(
      title: "\(name): about \(time)", curves: curves.filter { !$0.isConstant },
      notes: constants + curves.compactMap { curve in curve.note.map { "\(curve.stage): \(curve.option): \($0)" } }
    ).svg()
  }

  package var json: JSONValue {
    [
      "script": .string(script), "seed": .integer(seed),
      "estimate": [
        "seconds": .double(seconds), "tokens": .double(stages.reduce(0) { $0 + $1.tokens }),
        "rests_on": .string(basis),
      ],
      "stages": .array(
        stages.map { stage in
          [
            "name": .string(stage.info.name), "kind": .string(stage.info.kind), "steps": .integer(stage.info.steps),
            "seconds": .double(stage.seconds), "trained_tokens": .double(stage.trained),
            "collected_tokens": .double(stage.collected), "evaluated_tokens": .double(stage.evaluated),
            "training_tokens_per_second": .double(stage.trainingSpeed),
            "sampling_tokens_per_second": stage.samplingSpeed.map { .double($0) } ?? .null,
            "keep": stage.info.best.map { ["best": .string($0.metric), "mode": .string($0.mode.rawValue)] } ?? .null,
            "may_stop": .bool(stage.mayStop),
          ]
        }),
      "schedules": .array(curves.map(Self.json)),
    ]
  }

  private static func json(_ curve: ScheduleCurve) -> JSONValue {
    let points = curve.isConstant ? Array(curve.points.prefix(1)) : curve.points
    return [
      "stage": .string(curve.stage), "option": .string(curve.option), "steps": .integer(curve.steps),
      "constant": .bool(curve.isConstant), "note": curve.note.map { .string($0) } ?? .null,
      "points": .array(points.map { .array([.integer($0.step), .float($0.value)]) }),
    ]
  }
}

extension PlanForecast.Stage {
  fileprivate var tokens: Double { trained + collected + evaluated }
}
