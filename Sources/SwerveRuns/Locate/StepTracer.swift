import SwerveFiles
import SwerveModel
import SwerveRL
import SwerveText

/// A tensor of a step: its name, its shape, and a digest of its values.
struct TracedTensor: Equatable {
  @ExactString private(set) var name: String
  let shape: [Int]
  @ExactString private(set) var digest: String
}

/// Follows a re-execution up to one step and gets every tensor of that step. Then the run ends.
///
/// The first pass keeps only digests, because all tensors of a step may take gigabytes. A second pass over the same
/// step keeps the values of one tensor.
final class StepTracer: TracingObserver, CancellingObserver, TensorTrace {
  private let stage: String
  private let step: Int
  /// The index of the tensor whose values are kept; nil: keep the digests of all.
  private let keeps: Int?
  private(set) var tensors: [TracedTensor] = []
  /// The values of that tensor.
  private(set) var values: [Float] = []
  /// The state from which the step starts, so that a second pass need not compute the earlier steps again.
  private(set) var before: StageResumption?
  private var last: (stage: String, step: Int, metrics: [Metric])?
  private var seen = 0
  private(set) var isCancelled = false

  /// - Parameter step: from 1.
  init(stage: String, step: Int, keeps: Int? = nil) {
    self.stage = stage
    self.step = step
    self.keeps = keeps
  }

  func trace(_ stage: String, step: Int) -> (any TensorTrace)? {
    stage === self.stage && step == self.step ? self : nil
  }

  func tensor(_ name: String, _ shape: [Int], _ values: UnsafeBufferPointer<Float>) {
    defer { seen += 1 }
    if let keeps {
      if seen == keeps { self.values = Array(values) }
      return
    }
    tensors.append(
      TracedTensor(name: name, shape: shape, digest: Digest.of(UnsafeRawBufferPointer(values))))
  }

  func stepDidEnd(_ record: StepRecord) {
    last = (record.stage, record.step, record.metrics)
    if record.stage === stage && record.step == step { isCancelled = true }
  }

  func stepCanResume(isStopping: Bool, _ snapshot: () throws -> StageSnapshot) throws {
    guard keeps == nil, let last, last.stage === stage, last.step == step - 1 else { return }
    let snapshot = try snapshot()
    let tensors = snapshot.tensors.map { (name: $0.name, values: Array($0.values)) }
    before = StageResumption(
      step: last.step, metrics: last.metrics,
      metadata: { key in snapshot.metadata.first { $0.key === key }?.value },
      tensor: { name in tensors.first { $0.name === name }?.values })
  }
}
