import SwerveModel
import SwerveRL

/// Writes what a run produces into its folder: a line of metrics.jsonl for each step with the hash chain,
/// samples.jsonl, a checkpoint for each stage that ends, and result.json last.
package final class RunRecorder: TrainingObserver {
  package let folder: RunFolder
  private let metrics: AppendFile
  private let samples: AppendFile
  private let cancelled: () -> Bool
  private var chain: HashChain
  private var stages: [StageResult] = []

  /// - Parameter folder: as `RunFolder.create` made it for the same manifest.
  package init(
    folder: RunFolder, manifest: Manifest, isCancelled: @escaping () -> Bool = { false }
  ) throws {
    self.folder = folder
    chain = HashChain(inputs: manifest.inputs.digest)
    metrics = try AppendFile(creating: folder.metrics)
    samples = try AppendFile(creating: folder.samples)
    cancelled = isCancelled
  }

  package var isCancelled: Bool { cancelled() }

  /// True once there is something worth keeping.
  package var hasSteps: Bool { stages.contains { $0.steps > 0 } }

  package func stageWillStart(_ stage: StageInfo) throws {
    stages.append(
      StageResult(name: stage.name, kind: stage.kind, steps: 0, weightsSHA256: nil, checkpoint: nil, metrics: []))
  }

  package func stepDidEnd(_ record: StepRecord) throws {
    let line = StepLine(record)
    chain.extend(with: line.json.compact())
    var members = line.json.members ?? []
    members.append(JSONMember("chain", .string(chain.value)))
    members.append(JSONMember("not_compared", StepLine.json(record.notCompared)))
    try metrics.append(JSONValue.object(members).compact() + "\n")
    update { old in
      StageResult(
        name: old.name, kind: old.kind, steps: record.step, weightsSHA256: line.weights, checkpoint: nil,
        metrics: record.metrics)
    }
  }

  package func didSample(_ samples: [SampleRecord], stage: String, step: Int) throws {
    for sample in samples {
      let line: JSONValue = [
        "stage": .string(stage), "step": .integer(step), "set": .string(sample.set),
        "prompt": .string(sample.prompt), "answer": .string(sample.answer), "reward": .float(sample.reward),
        "weights": .array(sample.weights.map { .float($0) }),
      ]
      try self.samples.append(line.compact() + "\n")
    }
  }

  package func stageDidEnd(
    _ stage: StageInfo, metadata: [(key: String, value: String)], weights: [NamedTensor]
  ) throws {
    let path = folder.checkpoint(stage: stage.name)
    let digest = try CheckpointFile.write(path, tensors: weights, metadata: metadata)
    update { old in
      StageResult(
        name: old.name, kind: old.kind, steps: old.steps, weightsSHA256: digest,
        checkpoint: "checkpoints/" + Path.name(path), metrics: old.metrics)
    }
  }

  package func stageWasInterrupted(
    _ stage: StageInfo, step: Int, metadata: [(key: String, value: String)], weights: [NamedTensor]
  ) throws {
    let path = folder.checkpoint(stage: "\(stage.name)-step-\(step)")
    try CheckpointFile.write(path, tensors: weights, metadata: metadata)
  }

  /// Makes everything permanent and writes result.json. Call it once, also when training threw an error.
  @discardableResult
  package func finish(_ status: RunStatus) throws -> RunResult {
    try metrics.sync()
    try samples.sync()
    let result = RunResult(status: status, stages: stages, chain: chain.value)
    try POSIXFile.writeAtomically(result.json.pretty(), to: folder.result)
    return result
  }

  /// Removes the folder: for a run that failed before it had anything to keep.
  package func abandon() throws { try POSIXFile.remove(folder.path) }

  private func update(_ change: (StageResult) -> StageResult) {
    guard let current = stages.popLast() else { return }
    stages.append(change(current))
  }
}
