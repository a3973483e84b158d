import SwerveFiles
import SwerveModel
import SwerveRL
import SwerveRecords
import SwerveTensor
import SwerveText

/// What every rank of a run observes with, around the observers that it has by itself. Rank 0 records; the others only follow
/// it. All ranks agree after each step whether to stop and whether to write a checkpoint, and compare the digests of their
/// weights from time to time, before each checkpoint in any case.
package final class RankObserver: StoredResultObserver, CancellingObserver {
  private let inner: any TrainingObserver
  private let communicator: any Communicator
  private let comparesEvery: Int
  private var last: StepRecord?
  private var before: Traffic

  /// - Parameter comparesEvery: steps between comparisons of digests.
  package init(_ inner: any TrainingObserver, _ communicator: any Communicator, comparesEvery: Int = 100) {
    self.inner = inner
    self.communicator = communicator
    self.comparesEvery = comparesEvery
    before = communicator.traffic
  }

  private var leads: Bool { communicator.rank == 0 }

  package func stageWillStart(_ stage: StageInfo) throws { try inner.stageWillStart(stage) }

  package func stepDidEnd(_ record: StepRecord) throws {
    last = record
    try inner.stepDidEnd(measured(record))
    if record.step % comparesEvery == 0 { try compare(record.weights, record.stage, step: record.step) }
  }

  /// With what this rank gave to others since the step before, and how long it was at that.
  private func measured(_ record: StepRecord) -> StepRecord {
    let now = communicator.traffic
    defer { before = now }
    var record = record
    record.notCompared += [
      Metric("exchanged_mib", Float(Double(now.sentBytes - before.sentBytes) / 0x1p20)),
      Metric("exchange_seconds", Float(now.seconds - before.seconds)),
    ]
    return record
  }

  package func didSample(_ samples: [SampleRecord], stage: String, step: Int) throws {
    try inner.didSample(samples, stage: stage, step: step)
  }

  package func didRead(_ input: ClassificationInput, stage: String) throws {
    try inner.didRead(input, stage: stage)
  }

  package func didClassify(_ details: ClassificationDetails, stage: String, step: Int) throws {
    try inner.didClassify(details, stage: stage, step: step)
  }

  package func stageDidEnd(
    _ stage: StageInfo, metadata: [(key: String, value: String)], weights: [NamedTensor]
  ) throws {
    try compare(weights, stage.name, step: last?.step ?? 0)
    last = nil
    try inner.stageDidEnd(stage, metadata: metadata, weights: weights)
  }

  /// Rank 0 decides whether a snapshot is wanted; all ranks have a part of the optimizer's state.
  package func stepCanResume(isStopping: Bool, _ snapshot: () throws -> StageSnapshot) throws {
    if leads {
      try inner.stepCanResume(isStopping: isStopping) {
        _ = communicator.all(1)
        try compareLast()
        return try snapshot()
      }
      _ = communicator.all(0)
    } else {
      while communicator.all(0)[0] == 1 {
        try compareLast()
        _ = try snapshot()
      }
    }
  }

  /// True on all ranks as soon as it is on one.
  package var isCancelled: Bool { communicator.all(inner.wantsToStop ? 1 : 0).contains(1) }

  /// Always nil: ranks compute every stage.
  package func storedResult(of stage: StageInfo) throws -> LoadedModel? { nil }

  private func compareLast() throws {
    if let last { try compare(last.weights, last.stage, step: last.step) }
  }

  private func compare(_ weights: [NamedTensor], _ stage: String, step: Int) throws {
    let digests = communicator.all(Array(Digest.ofWeights(weights).utf8))
    if let other = digests.firstIndex(where: { $0 != digests[0] }) {
      throw RankError.weightsDiffer(rank: other, stage: stage, step: step)
    }
  }
}
