import SwerveFiles
import SwerveModel
import SwerveRL
import SwerveRecords
import SwerveText

/// What a script would run, for `swerve check`.
package struct PlanSummary {
  private let script: LoadedScript
  private let sizes: SizeForecast
  private let overlaps: [(stage: String, overlaps: [ProblemOverlap])]

  /// - Parameters:
  ///   - sizes: of the same script.
  ///   - overlaps: of its stages; empty where no problem was drawn.
  package init(
    _ script: LoadedScript, _ sizes: SizeForecast, overlaps: [(stage: String, overlaps: [ProblemOverlap])] = []
  ) {
    self.script = script
    self.sizes = sizes
    self.overlaps = overlaps
  }

  package func text() -> String {
    let inputs = script.inputs
    var rows = [
      ["script", script.project.script], ["script sha256", inputs.scriptSHA256], ["seed", "\(inputs.seed)"],
      ["math", "\(inputs.math) \(inputs.mathVersion)"],
    ]
    rows += (inputs.options.members ?? []).map { ["option \($0.key)", $0.value.compact()] }
    // The files of the script are what can be mistaken for others.
    let own = inputs.files.filter { !LuaLibrary.holds($0.path) }
    rows += own.map { ["file \($0.path)", $0.sha256] }
    rows.append(["library", "\(inputs.files.count - own.count) files of swerve's own (--json has their digests)"])
    rows += sizes.rows
    rows += overlaps.flatMap { stage, overlaps in overlaps.map { ["overlap \(stage)", Self.text($0)] } }
    let head = ["STAGE", "KIND", "STEPS", "FROM", "MODEL", "TASK", "A STEP", "EVALUATION"]
    return TextTable.text(rows) + "\n" + TextTable.text([head] + stages.map(Self.row))
      + notes.map { "note: \($0)\n" }.joined()
  }

  package var json: JSONValue {
    [
      "script": .string(script.project.script), "inputs": script.inputs.json,
      "stages": .array(
        stages.map { stage, model in
          [
            "name": .string(stage.name), "kind": .string(stage.kind), "steps": .integer(stage.steps),
            "from": .string(Self.source(stage)), "model": Self.json(model), "task": .string(stage.taskName),
            "step": .string(stage.stepSummary),
            "evaluation": stage.evaluation.map { .string(Self.text($0)) } ?? .null,
          ]
        }),
      "memory_bytes": sizes.memory.map { .integer($0.bytes) } ?? .null, "threads": .integer(sizes.threads),
      "overlaps": .array(
        overlaps.flatMap { stage, overlaps in
          overlaps.map { overlap -> JSONValue in
            [
              "stage": .string(stage), "set": .string(overlap.set), "problems": .integer(overlap.problems),
              "repeated": .integer(overlap.repeated), "compared": .integer(overlap.compared),
              "drawn": overlap.drawn.map { .integer($0) } ?? .null,
            ]
          }
        }),
      "checkpoint_bytes": .integer(sizes.checkpoints), "snapshot_bytes": .integer(sizes.snapshot.bytes),
      "notes": .array(notes.map { .string($0) }),
    ]
  }

  /// Remarks about things that are not mistakes but are easily overlooked.
  private var notes: [String] { script.plan.stages.flatMap(\.notes) }

  private var stages: [(any Stage, ModelConfiguration)] {
    Array(zip(script.plan.stages, script.models.map(\.configuration)))
  }

  private static func row(_ stage: any Stage, _ model: ModelConfiguration) -> [String] {
    [
      stage.name, stage.kind, "\(stage.steps)", source(stage), text(model), stage.taskName, stage.stepSummary,
      stage.evaluation.map(text) ?? "-",
    ]
  }

  /// "set plus1: 3 of 200 problems are among the 1280 that training draws"
  private static func text(_ overlap: ProblemOverlap) -> String {
    let others =
      switch overlap.drawn {
      case overlap.compared: "the \(overlap.compared) that training draws"
      case let drawn?: "the first \(overlap.compared) of \(drawn) that training draws"
      case nil: "the first \(overlap.compared) that training draws"
      }
    let verb = overlap.problems == 1 ? "problem is" : "problems are"
    return "set \(overlap.set): \(overlap.repeated) of \(overlap.problems) \(verb) among \(others)"
  }

  private static func source(_ stage: any Stage) -> String {
    switch stage.source {
    case .fresh: "new"
    case .stage(let name): "stage \(name)"
    case .checkpoint(let path): path
    }
  }

  private static func text(_ model: ModelConfiguration) -> String {
    "\(model.layers)x\(model.width), \(model.heads) heads, context \(model.context), \(model.positions.rawValue)"
  }

  private static func json(_ model: ModelConfiguration) -> JSONValue {
    [
      "layers": .integer(model.layers), "heads": .integer(model.heads), "width": .integer(model.width),
      "context": .integer(model.context), "vocabulary": .integer(model.vocabulary),
      "positions": .string(model.positions.rawValue),
    ]
  }

  private static func text(_ evaluation: EvaluationPlan) -> String {
    let sets = evaluation.sets.map { "\($0.set.name) \($0.episodes)" }.joined(separator: ", ")
    return "every \(evaluation.every): \(sets)\(evaluation.greedy ? ", greedy" : "")"
  }
}
