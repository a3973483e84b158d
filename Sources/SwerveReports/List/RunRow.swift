import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveText

/// One run in a list.
package struct RunRow: Equatable, Sendable {
  /// How far a stage of the plan has come.
  package struct Stage: Equatable, Sendable {
    package let name: String
    package let planned: Int
    /// The number of finished steps.
    package let steps: Int
    /// The metrics of its last step; empty before the first step.
    package let metrics: [Metric]
    /// Why it ended before its last step; nil: it did not.
    package let stopped: String?

    package init(name: String, planned: Int, steps: Int, metrics: [Metric], stopped: String? = nil) {
      self.name = name
      self.planned = planned
      self.steps = steps
      self.metrics = metrics
      self.stopped = stopped
    }

    package static func == (a: Stage, b: Stage) -> Bool {
      a.name === b.name && a.planned == b.planned && a.steps == b.steps && a.stopped === b.stopped
        && a.metrics.count == b.metrics.count
        && zip(a.metrics, b.metrics).allSatisfy { $0.name === $1.name && ExactText.same($0.value, $1.value) }
    }
  }

  package let path: String
  package let name: String
  package let seed: UInt64?
  /// In the order of the plan.
  package let progress: [Stage]
  package var state: RunState
  /// The step at which a sweep's halving has stopped it; nil: none has, or it went on.
  package var halvedAt: Int?
  /// The reason why it is unreadable or failed.
  package let problem: String?
  package let weightsSHA256: String?
  /// What it has taken; nil if its record does not say.
  package let cost: RunCost?
  /// Script, task, math, date and other entries of the manifest that are a single text.
  package let origin: [JSONMember]
  package let options: [JSONMember]

  package init(
    path: String, name: String, seed: UInt64?, progress: [Stage], state: RunState, problem: String?,
    weightsSHA256: String?, cost: RunCost? = nil, origin: [JSONMember], options: [JSONMember]
  ) {
    self.path = path
    self.name = name
    self.seed = seed
    self.progress = progress
    self.state = state
    self.problem = problem
    self.weightsSHA256 = weightsSHA256
    self.cost = cost
    self.origin = origin
    self.options = options
  }

  package var stages: [String] { progress.map(\.name) }
  /// The number of finished and of planned steps, in all stages.
  package var steps: Int { progress.reduce(0) { $0 &+ $1.steps } }
  package var planned: Int { progress.reduce(0) { $0 &+ $1.planned } }
  /// The metrics of the last step.
  package var metrics: [Metric] {
    (progress.last { $0.steps > 0 } ?? progress.last { !$0.metrics.isEmpty })?.metrics ?? []
  }

  /// "complete", or "complete, rl stopped at step 12 of 40" for a run with a stage that ended early, or "interrupted, halved at
  /// step 5" for a member of a sweep.
  package var statusText: String {
    let early = progress.filter { $0.stopped != nil }
    let halved = halvedAt.map { ["halved at step \($0)"] } ?? []
    return ([state.rawValue] + halved + early.map { "\($0.name) stopped at step \($0.steps) of \($0.planned)" })
      .joined(separator: ", ")
  }

  package var json: JSONValue {
    [
      "path": .string(path), "name": .string(name), "seed": seed.map { .integer($0) } ?? .null,
      "task": origin.first { $0.key == "task" }?.value ?? .null, "stages": .array(stages.map { .string($0) }),
      "steps": .integer(steps), "planned": .integer(planned),
      "halved_at": halvedAt.map { .integer($0) } ?? .null,
      "stopped": .object(progress.compactMap { stage in stage.stopped.map { JSONMember(stage.name, .string($0)) } }),
      "status": .string(state.rawValue), "problem": problem.map { .string($0) } ?? .null,
      "metrics": StepLine.json(metrics),
      "seconds": cost.map { .double($0.seconds) } ?? .null,
      "peak_memory_bytes": cost.map { .integer($0.peakMemoryBytes) } ?? .null,
      "weights_sha256": weightsSHA256.map { .string($0) } ?? .null, "options": .object(options),
    ]
  }
}

extension RunRow {
  /// Reads a row from a run's files. metrics.jsonl is read only for a run without a result.
  init(_ folder: RunFolder) throws {
    let manifest = try Manifest.read(folder.manifest)
    let result = try RunReader.result(folder)
    let lines = result == nil ? try RunReader.read(folder.path).recorded.steps : []
    path = folder.path
    name = manifest.name
    seed = manifest.inputs.seed
    progress = manifest.stages.map { stage in
      let done = result?.stages.first { $0.name === stage.name }
      let last = lines.last { $0.stage === stage.name }
      return Stage(
        name: stage.name, planned: stage.steps, steps: done?.steps ?? last?.step ?? 0,
        metrics: done?.metrics ?? last?.metrics ?? [], stopped: done?.stopped ?? last?.stopped)
    }
    state = result?.status.state ?? .incomplete
    if case .failed(let message) = result?.status { problem = message } else { problem = nil }
    weightsSHA256 = result == nil ? lines.last { $0.weights != nil }?.weights : result?.weightsSHA256
    cost = RunCost.last(folder)
    origin =
      [JSONMember("script", .string(manifest.script))] + (manifest.task.map { [JSONMember("task", .string($0))] } ?? [])
      + [
        JSONMember("math", .string(manifest.inputs.math)),
        JSONMember("math_version", .integer(manifest.inputs.mathVersion)),
      ]
      + manifest.notCompared.filter { ["date", "swerve", "host", "commit", "cpu"].containsExactly($0.0) }.map {
        JSONMember($0, .string($1))
      }
    options = manifest.inputs.options.members ?? []
  }

  /// A run that can't be read, with the reason.
  init(unreadable folder: RunFolder, _ error: any Error) {
    self.init(
      path: folder.path, name: Path.name(folder.path), seed: nil, progress: [], state: .unreadable,
      problem: "\(error)", weightsSHA256: nil, origin: [], options: [])
  }

  /// The row as text for the index, without the path.
  var cached: JSONValue {
    [
      "name": .string(name), "seed": .integer(seed ?? 0),
      "progress": .array(
        progress.map { stage in
          .object(
            [
              JSONMember("name", .string(stage.name)), JSONMember("planned", .integer(stage.planned)),
              JSONMember("steps", .integer(stage.steps)), JSONMember("metrics", StepLine.json(stage.metrics)),
            ] + (stage.stopped.map { [JSONMember("stopped", .string($0))] } ?? []))
        }),
      "status": .string(state.rawValue), "problem": problem.map { .string($0) } ?? .null,
      "weights_sha256": weightsSHA256.map { .string($0) } ?? .null,
      "cost": cost.map { .object($0.members) } ?? .null, "origin": .object(origin),
      "options": .object(options),
    ]
  }

  /// - Throws: FileError or JSONError for a text that was not made by `cached`.
  init(cached text: String, path: String) throws {
    let row = JSONLine(value: try JSONParser.parse(text), path: path, line: nil)
    let word = try row.string("status")
    guard let state = RunState(rawValue: word) else {
      throw row.bad("status", found: "\"\(word)\"", expected: "a state of a run")
    }
    self.init(
      path: path, name: try row.string("name"), seed: try row.unsigned("seed"),
      progress: try row.elements("progress").map {
        let stage = JSONLine(value: $0, path: path, line: nil)
        return Stage(
          name: try stage.string("name"), planned: try stage.count("planned"), steps: try stage.count("steps"),
          metrics: try stage.metrics("metrics"),
          stopped: stage.value["stopped"] == nil ? nil : try stage.string("stopped"))
      },
      state: state, problem: try row.optionalString("problem"),
      weightsSHA256: try row.optionalString("weights_sha256"), cost: RunCost(row.value["cost"]),
      origin: try row.members("origin"), options: try row.members("options"))
  }
}
