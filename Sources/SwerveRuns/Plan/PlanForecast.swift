import SwerveModel
import SwerveRL
import SwerveScript
import SwerveTensor
import SwerveText

/// What a script would do, for `swerve plan`: stages, what they are likely to cost, and every schedule over its steps.
package struct PlanForecast {
  private struct Stage {
    let info: StageInfo
    let cost: StageCost
    let speed: SpeedProbe
    var seconds: Double { cost.seconds(speed) }
  }

  private let script: LoadedScript
  private let stages: [Stage]
  private let curves: [ScheduleCurve]

  /// Times the models of the stages shortly.
  /// - Throws: ScriptError of a schedule; what a task throws.
  package init(_ script: LoadedScript) throws {
    self.script = script
    curves = try script.experiment.curves()
    let pool = WorkerPool(threads: script.settings.threads)
    defer { pool.close() }
    var known: [(model: ModelConfiguration, length: Int, samples: Bool, speed: SpeedProbe)] = []
    stages = try zip(script.plan.stages, script.models.map(\.configuration)).map { stage, model in
      let cost = try StageCost(stage, seed: script.settings.seed)
      let samples = cost.collected + cost.evaluated > 0
      if let found = known.first(where: {
        $0.model == model && $0.length == cost.textLength && ($0.samples || !samples)
      }) {
        return Stage(info: stage.info, cost: cost, speed: found.speed)
      }
      let speed = try SpeedProbe.measure(
        model, length: cost.textLength, batch: stage.textsOfAStep, rows: samples ? stage.textsSideBySide : 0,
        mode: script.settings.math, pool: pool)
      known.append((model, cost.textLength, samples, speed))
      return Stage(info: stage.info, cost: cost, speed: speed)
    }
  }

  private var seconds: Double { stages.reduce(0) { $0 + $1.seconds } }

  /// What the estimate rests on.
  private var basis: String {
    let threads = script.settings.threads
    return
      "an estimate, from the lengths of \(StageCost.draws) drawn texts with right answers, and from speeds measured just "
      + "now at \(threads) thread\(threads == 1 ? "" : "s") for a fraction of a second each; rules and losses in Lua come on top"
  }

  // MARK: Text

  /// - Parameter width: of the terminal, in characters.
  package func text(width: Int) -> String {
    let head = ["STAGE", "KIND", "STEPS", "TRAINED ON", "SAMPLED", "TIME", "TRAINING", "SAMPLING"]
    var rows = [head]
    for stage in stages {
      rows.append([
        stage.info.name, stage.info.kind, "\(stage.info.steps)", ShortNumber.count(stage.cost.trained) + " tokens",
        Self.tokens(stage.cost.collected + stage.cost.evaluated), ShortNumber.duration(stage.seconds),
        ShortNumber.count(stage.speed.training) + "/s",
        stage.speed.sampling == 0 ? "-" : ShortNumber.count(stage.speed.sampling) + "/s",
      ])
    }
    if stages.count > 1 {
      rows.append([
        "total", "", "\(stages.reduce(0) { $0 + $1.info.steps })",
        ShortNumber.count(stages.reduce(0) { $0 + $1.cost.trained }) + " tokens",
        Self.tokens(stages.reduce(0) { $0 + $1.cost.collected + $1.cost.evaluated }), ShortNumber.duration(seconds), "",
        "",
      ])
    }
    var text = TextTable.text(rows) + "\n" + Self.wrapped("(\(basis))", width)
    for curve in curves where !curve.isConstant { text += "\n" + Self.drawn(curve, width) }
    return text + "\n" + constants.map { Self.wrapped($0, width) }.joined()
  }

  private static func tokens(_ count: Double) -> String { count == 0 ? "-" : ShortNumber.count(count) + " tokens" }

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
    let labels = [ShortNumber.text(values.max() ?? 0), ShortNumber.text(values.min() ?? 0)]
    let gutter = max(labels[0].count, labels[1].count)
    // A flat line says nothing that its number does not.
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
    let time = ShortNumber.duration(seconds)
    return ScheduleChart(
      title: "\(script.plan.name): about \(time)", curves: curves.filter { !$0.isConstant },
      notes: constants + curves.compactMap { curve in curve.note.map { "\(curve.stage): \(curve.option): \($0)" } }
    ).svg()
  }

  package var json: JSONValue {
    [
      "script": .string(script.project.script), "seed": .integer(script.settings.seed),
      "estimate": [
        "seconds": .double(seconds), "tokens": .double(stages.reduce(0) { $0 + $1.cost.tokens }),
        "rests_on": .string(basis),
      ],
      "stages": .array(
        stages.map { stage in
          [
            "name": .string(stage.info.name), "kind": .string(stage.info.kind), "steps": .integer(stage.info.steps),
            "seconds": .double(stage.seconds), "trained_tokens": .double(stage.cost.trained),
            "collected_tokens": .double(stage.cost.collected), "evaluated_tokens": .double(stage.cost.evaluated),
            "training_tokens_per_second": .double(stage.speed.training),
            "sampling_tokens_per_second": stage.speed.sampling == 0 ? .null : .double(stage.speed.sampling),
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

extension StagePlan {
  fileprivate var textsOfAStep: Int {
    switch self {
    case .pretrain(let plan): plan.batch
    case .finetune(let plan): plan.minibatch
    }
  }

  /// Episodes that are sampled together.
  fileprivate var textsSideBySide: Int {
    switch self {
    case .pretrain(let plan): plan.evaluation?.sets.map(\.episodes).max() ?? 1
    case .finetune(let plan): plan.episodes
    }
  }
}
