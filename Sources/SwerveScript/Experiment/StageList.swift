import LuaRuntime
import SwerveRL
import SwerveText

/// A stage with its final name, and what its hooks share.
struct NamedStage {
  let plan: any Stage
  let context: StageContext
}

/// Converts what a script returns into the stages, in the order in which they run.
enum StageList {
  private static let mostStages = 1000

  /// - Throws: ScriptError if the script returned something else, or two stages have the same name.
  static func resolve(_ value: LuaValue, script: ScriptFile) throws -> [NamedStage] {
    var ordered: [StageObject] = []
    for stage in try returned(value, script) {
      // The chain of sources, back to a stage that is already in the list or to one that starts from no other stage.
      var chain: [StageObject] = []
      var next: StageObject? = stage
      while let stage = next, !ordered.contains(where: { $0 === stage }) {
        chain.append(stage)
        if case .stage(let source) = stage.source { next = source } else { next = nil }
      }
      ordered += chain.reversed()
    }
    try name(ordered)
    for stage in ordered { try stage.requireRoom() }
    return ordered.map { stage in
      let source: ModelSource =
        switch stage.source {
        case .fresh: .fresh
        case .checkpoint(let path): .checkpoint(path)
        case .stage(let source): .stage(source.context.name)
        }
      return NamedStage(plan: stage.plan(name: stage.context.name, source: source), context: stage.context)
    }
  }

  private static func returned(_ value: LuaValue, _ script: ScriptFile) throws -> [StageObject] {
    if let stage = value.asObject(StageObject.self) { return [stage] }
    guard case .table(let table) = value, table.isSequence, table.count > 0 else {
      let found = if case .table(let table) = value, table.isSequence { "an empty table" } else { shown(value) }
      throw ScriptError(
        "a script must return a stage or a list of stages, got \(found)",
        place: ScriptPlace(file: script.path, line: 0),
        hint: "end the script with `return swerve.finetune { ... }`")
    }
    guard table.count <= mostStages else {
      throw ScriptError(
        "a script must return at most \(mostStages) stages, got \(table.count)",
        place: ScriptPlace(file: script.path, line: 0))
    }
    return try table.elements().enumerated().map { index, element in
      if let stage = element.asObject(StageObject.self) { return stage }
      throw ScriptError(
        "a script must return a list of stages, but element \(index + 1) is \(shown(element))",
        place: ScriptPlace(file: script.path, line: 0))
    }
  }

  /// First come the names that the script gives, so that no default takes one of them; then "pretrain", "pretrain-2",
  /// ... in order.
  private static func name(_ stages: [StageObject]) throws {
    var taken: [(name: String, place: ScriptPlace)] = []
    for stage in stages {
      guard let name = stage.givenName else { continue }
      if let first = taken.first(where: { $0.name === name }) {
        throw ScriptError(
          "two stages are named '\(name)': this one and the one at \(first.place)", place: stage.context.place,
          hint: "give each stage a name of its own")
      }
      taken.append((name, stage.context.place))
      stage.context.name = name
    }
    for stage in stages where stage.givenName == nil {
      let kind = stage.draft.kind
      var name = kind
      var number = 1
      while taken.contains(where: { $0.name === name }) {
        number += 1
        name = "\(kind)-\(number)"
      }
      taken.append((name, stage.context.place))
      stage.context.name = name
    }
  }
}
