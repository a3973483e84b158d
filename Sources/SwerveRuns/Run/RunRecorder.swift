import SwerveFiles
import SwerveModel
import SwerveRL
import SwerveRecords
import SwerveText

/// Writes what a run produces into its folder: a line of metrics.jsonl for each step, with the hash chain;
/// samples.jsonl; classification.jsonl where a stage classifies; a checkpoint for each stage that ends; snapshots from which the run can resume; and result.json last.
///
/// At any instant the folder has a position from which the run can resume, or none if there is nothing worth resuming.
/// Growing files are synced before a position with their length is written, and a checkpoint before a position names
/// it.
///
/// Before each line and each checkpoint it makes sure that the run is still its own (`WriterMark`).
package final class RunRecorder: StoredResultObserver, CancellingObserver {
  package let folder: RunFolder
  /// The cache of stages that earlier runs computed; nil: every stage is computed.
  var cache: StageCache?
  /// Called for a stage that was found there, or that another process is computing.
  var didReuse: (_ stage: StageInfo, _ place: String, _ isWaiting: Bool) -> Void = { _, _, _ in }
  /// The cache keys and the lock of the stage that is being computed.
  private var unkept: (keys: StageCache.Keys, lock: FileLock)?
  private let mark: WriterMark
  private let metrics: AppendFile
  private let samples: RecordedLines
  /// Nil until a stage of classification begins.
  private var classification: RecordedLines?
  private let cancelled: () -> Bool
  private var pacing: CheckpointPacing
  /// Set if every snapshot is kept.
  private let keeping: RunPosition.Keeping?
  private var chain: HashChain
  private var stages: [StageResult]
  private var snapshot: RunPosition.Snapshot?
  private var kept: [RunPosition.Snapshot] = []
  /// The best step of the stage that is running, where it keeps that one.
  private var best: BestStep?
  /// What the run had taken before this process went on with it.
  private let earlier: RunCost?
  private let watch = Stopwatch()

  /// - Parameter folder: made by `RunFolder.create` for the same manifest.
  package init(
    folder: RunFolder, manifest: Manifest, pacing: CheckpointPacing = CheckpointPacing(),
    isCancelled: @escaping () -> Bool = { false }
  ) throws {
    self.folder = folder
    self.pacing = pacing
    keeping = Self.keeping(pacing)
    chain = HashChain(inputs: manifest.inputs.digest)
    mark = try WriterMark.take(folder)
    metrics = try AppendFile(folder.metrics, continuingAt: nil)
    samples = try RecordedLines(folder.samples)
    // This must happen before a position names the files in the folders.
    try POSIXFile.syncFolder(folder.path)
    stages = []
    earlier = nil
    cancelled = isCancelled
  }

  /// Resumes a run that stopped.
  /// - Parameter mark: that of this process, taken before the run was cut.
  init(
    continuing stopped: StoppedRun, mark: WriterMark, pacing: CheckpointPacing, isCancelled: @escaping () -> Bool
  ) {
    folder = stopped.run.folder
    self.mark = mark
    self.pacing = stopped.pacing(pacing)
    keeping = Self.keeping(self.pacing)
    chain = HashChain(value: stopped.run.recorded.chain)
    metrics = stopped.metrics
    samples = stopped.samples
    classification = stopped.classification
    stages = stopped.stages
    snapshot = stopped.snapshot
    kept = stopped.kept
    best = stages.last.flatMap { last in
      stopped.run.manifest.stages.first { $0.name === last.name }.flatMap { stopped.run.recorded.best(of: $0) }
    }
    earlier = stopped.cost
    cancelled = isCancelled
  }

  private static func keeping(_ pacing: CheckpointPacing) -> RunPosition.Keeping? {
    pacing.keepsAll ? RunPosition.Keeping(every: pacing.steps) : nil
  }

  package var isCancelled: Bool { cancelled() }

  /// Whether there is something worth keeping.
  package var hasSteps: Bool { stages.contains { $0.steps > 0 } }

  package func stageWillStart(_ stage: StageInfo) throws {
    // A resumed stage is in the list already.
    if stages.last?.name === stage.name { return }
    best = stage.best.map { BestStep(by: $0) }
    stages.append(
      StageResult(name: stage.name, kind: stage.kind, steps: 0, weightsSHA256: nil, checkpoint: nil, metrics: []))
  }

  /// Takes a stage from the cache, as if it had just been computed.
  /// - Throws: FileError for a folder that can't be written; TrainingCancelled.
  package func storedResult(of stage: StageInfo) throws -> LoadedModel? {
    guard let cache, let keys = try cache.keys(stage.name, finished: stages) else { return nil }
    let waits = { self.didReuse(stage, cache.place(keys.all[0]), true) }
    guard let lock = try cache.lock(keys.all[0], isCancelled: cancelled, willWait: waits) else {
      throw TrainingCancelled(stage: stage.name, step: 0)
    }
    for key in keys.all {
      guard let stored = cache.read(key) else { continue }
      for sample in stored.samples { try samples.add(sample.compact()) }
      for line in stored.steps { try add(StepLine(line), StepLine.canonicalText(line), notCompared: .object([])) }
      didReuse(stage, cache.place(key), false)
      return stored.model
    }
    cache.willCompute()
    unkept = (keys, lock)
    return nil
  }

  package func stepDidEnd(_ record: StepRecord) throws {
    let line = try StepLine(record)
    let cost = RunCost(
      seconds: (earlier?.seconds ?? 0) + watch.seconds,
      peakMemoryBytes: max(earlier?.peakMemoryBytes ?? 0, ThisProcess.peakMemoryBytes))
    let speed = StepLine.json(record.notCompared).members ?? []
    try add(line, line.json.compact(), notCompared: .object(speed + cost.members))
  }

  /// - Parameter text: the canonical JSON of the step.
  private func add(_ line: StepLine, _ text: String, notCompared: JSONValue) throws {
    try mark.require()
    chain.extend(with: text)
    let rest: JSONValue = ["chain": .string(chain.value), "not_compared": notCompared]
    try metrics.append((text.start(before: "}") ?? text) + "," + (rest.compact().rest(after: "{") ?? "") + "\n")
    best?.add(step: line.step, line.metrics)
    update { old in
      StageResult(
        name: old.name, kind: old.kind, steps: line.step, weightsSHA256: line.weights, checkpoint: nil,
        metrics: line.metrics, stopped: line.stopped)
    }
  }

  package func didSample(_ samples: [SampleRecord], stage: String, step: Int) throws {
    try mark.require()
    for sample in samples { try self.samples.add(SampleLine.json(sample, stage: stage, step: step).compact()) }
  }

  package func didRead(_ input: ClassificationInput, stage: String) throws {
    try add(ClassificationLine(input, stage: stage))
  }

  package func didClassify(_ details: ClassificationDetails, stage: String, step: Int) throws {
    try add(ClassificationLine(details, stage: stage, step: step))
  }

  private func add(_ line: ClassificationLine) throws {
    try mark.require()
    if let classification { return try classification.add(line.text) }
    let lines = try RecordedLines(folder.classification)
    // This must happen before a position names the file.
    try POSIXFile.syncFolder(folder.path)
    try lines.add(line.text)
    classification = lines
  }

  package func stepCanResume(isStopping: Bool, _ snapshot: () throws -> StageSnapshot) throws {
    guard pacing.isDue() || isStopping else { return }
    try pacing.measure { try keep(snapshot()) }
  }

  package func stageDidEnd(
    _ stage: StageInfo, metadata: [(key: String, value: String)], weights: [NamedTensor]
  ) throws {
    try mark.require()
    let path = folder.checkpoint(stage: stage.name)
    let digest = try CheckpointFile.write(path, tensors: weights, metadata: completed(metadata))
    update { old in
      StageResult(
        name: old.name, kind: old.kind, steps: old.steps, weightsSHA256: digest,
        checkpoint: "checkpoints/" + Path.name(path), metrics: old.metrics, stopped: old.stopped, best: best,
        lastWeightsSHA256: best.flatMap { _ in old.weightsSHA256 })
    }
    try move(to: nil)
    if let unkept {
      // An error of the cache does not harm the run.
      try? cache?.keep(unkept.keys, stage: stage.name, of: folder, weightsSHA256: digest)
      self.unkept = nil
    }
  }

  /// Adapters of an earlier stage's model get that model's digest.
  private func completed(_ metadata: [(key: String, value: String)]) -> [(key: String, value: String)] {
    guard let base = metadata.first(where: { $0.key === ModelOrigin.stageKey })?.value,
      let digest = stages.first(where: { $0.name === base })?.weightsSHA256
    else { return metadata }
    return metadata + [(ModelOrigin.digestKey, digest)]
  }

  private func keep(_ state: StageSnapshot) throws {
    try mark.require()
    let path = folder.snapshot(stage: state.stage, step: state.step)
    let digest = try CheckpointFile.write(path, tensors: state.tensors, metadata: state.metadata)
    try move(
      to: RunPosition.Snapshot(
        stage: state.stage, step: state.step, file: Path.name(path), weightsSHA256: digest))
  }

  /// Writes a new position. Only then removes the snapshot that the old position named, unless it is kept.
  private func move(to next: RunPosition.Snapshot?) throws {
    // A checkpoint of many megabytes may have taken long.
    try mark.require()
    try metrics.sync()
    try samples.sync()
    try classification?.sync()
    if keeping != nil, let old = snapshot { kept.append(old) }
    let position = RunPosition(
      finished: stages.filter { $0.checkpoint != nil }.map {
        StageDigest(stage: $0.name, weights: $0.weightsSHA256 ?? "")
      },
      snapshot: next, kept: kept, keeping: keeping,
      chain: chain.value, metricsBytes: metrics.count, samplesBytes: samples.bytes, samplesSHA256: samples.sha256,
      classification: classification.map { RunPosition.FilePart(bytes: $0.bytes, sha256: $0.sha256) })
    try POSIXFile.writeAtomically(position.json.pretty(), to: folder.position)
    if let old = snapshot, old != kept.last, old.file !== next?.file {
      try POSIXFile.remove(Path.join(folder.checkpoints, old.file))
    }
    snapshot = next
  }

  /// Makes everything permanent, writes the digests of all files, and then result.json. Call it once, also if training
  /// threw an error.
  @discardableResult
  package func finish(_ status: RunStatus) throws -> RunResult {
    try mark.require()
    try metrics.sync()
    try samples.sync()
    try classification?.sync()
    let result = RunResult(
      status: status, stages: stages, chain: chain.value, samplesSHA256: samples.sha256,
      classificationSHA256: classification?.sha256)
    let text = result.json.pretty()
    try POSIXFile.writeAtomically(try RunChecksums.of(folder, result: text).text, to: folder.checksums)
    try POSIXFile.writeAtomically(text, to: folder.result)
    try mark.remove()
    return result
  }

  /// Removes the folder of a run that failed before it had anything to keep.
  package func abandon() throws {
    try mark.require()
    unkept = nil
    cache?.removeIfEmpty()
    try POSIXFile.remove(folder.path)
  }

  private func update(_ change: (StageResult) -> StageResult) {
    guard let current = stages.popLast() else { return }
    stages.append(change(current))
  }
}
