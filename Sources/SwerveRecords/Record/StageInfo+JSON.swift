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
        + (evaluation.map { [JSONMember("evaluation", $0.json)] } ?? [])
        + (best.map { [JSONMember("best", .object($0.members))] } ?? []))
  }

  init(_ line: JSONLine) throws {
    self.init(
      name: try line.string("name"), kind: try line.string("kind"), steps: try line.count("steps"),
      task: line.value["task"] == nil ? nil : try line.string("task"),
      evaluation: line.value["evaluation"] == nil
        ? nil
        : try EvaluationInfo(
          JSONLine(value: .object(try line.members("evaluation")), path: line.path, line: line.line)),
      best: try line.value["best"].map { _ in
        try BestMetric(JSONLine(value: .object(try line.members("best")), path: line.path, line: line.line))
      })
  }
}

extension BestMetric {
  var members: [JSONMember] {
    [JSONMember("metric", .string(metric)), JSONMember("mode", .string(mode.rawValue))]
  }

  init(_ line: JSONLine) throws {
    let word = try line.string("mode")
    guard let mode = Mode(rawValue: word) else {
      throw line.bad("mode", found: word.debugDescription, expected: "max or min")
    }
    self.init(try line.string("metric"), mode: mode)
  }
}

extension BestStep {
  /// As a result has it: what was asked for, and the step and its value where there is one.
  var json: JSONValue {
    .object(
      by.members + (found.map { [JSONMember("step", .integer($0.step)), JSONMember("value", .float($0.value))] } ?? []))
  }

  init(_ line: JSONLine) throws {
    let by = try BestMetric(line)
    guard let number = line.value["value"] else {
      self.init(by: by)
      return
    }
    guard let value = number.float, !value.isNaN else {
      throw line.bad("value", found: JSONLine.shown(number), expected: "a number")
    }
    self.init(by: by, found: Found(step: try line.count("step"), value: value))
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
