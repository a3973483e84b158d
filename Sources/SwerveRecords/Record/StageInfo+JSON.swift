import SwerveFiles
import SwerveRL
import SwerveText

/// A stage of the plan as the manifest has it. It is not a part of the inputs, because it follows from them.
extension StageInfo {
  var json: JSONValue {
    .object(
      [
        JSONMember("name", .string(name)), JSONMember("kind", .string(kind)), JSONMember("steps", .integer(steps)),
      ] + (task.map { [JSONMember("task", .string($0))] } ?? [])
        + (evaluation.map { [JSONMember("evaluation", $0.json)] } ?? []))
  }

  init(_ line: JSONLine) throws {
    self.init(
      name: try line.string("name"), kind: try line.string("kind"), steps: try line.count("steps"),
      task: line.value["task"] == nil ? nil : try line.string("task"),
      evaluation: line.value["evaluation"] == nil
        ? nil
        : try EvaluationInfo(
          JSONLine(value: .object(try line.members("evaluation")), path: line.path, line: line.line)))
  }
}

extension EvaluationInfo {
  package var json: JSONValue {
    [
      "mode": greedy ? "greedy" : "sampled", "temperature": .float(temperature),
      "sets": .object(sets.map { JSONMember($0.set, .integer($0.episodes)) }),
    ]
  }

  init(_ line: JSONLine) throws {
    let mode = try line.string("mode")
    guard ["greedy", "sampled"].containsExactly(mode) else {
      throw line.bad("mode", found: "\"\(mode)\"", expected: "greedy or sampled")
    }
    let temperature = try line.field("temperature", expected: "a number or null")
    guard temperature == .null || temperature.float != nil else {
      throw line.bad("temperature", found: JSONLine.shown(temperature), expected: "a number or null")
    }
    let sets = JSONLine(value: .object(try line.members("sets")), path: line.path, line: line.line)
    self.init(
      sets: try (sets.value.members ?? []).map { ProblemCount(set: $0.key, episodes: try sets.count($0.key)) },
      greedy: mode == "greedy", temperature: temperature.float)
  }
}
