import SwerveFiles
import SwerveModel
import SwerveRL
import SwerveText

/// A tensor of a step: its name, its shape, and what tells its values from others.
struct TracedTensor: Equatable {
  @ExactString private(set) var name: String
  let shape: [Int]
  @ExactString private(set) var digest: String
}

/// Follows a re-execution to one step and looks at every tensor of it; then the run ends.
///
/// The first look keeps digests only: all tensors of a step may take gigabytes. A second one, of the same step, keeps the
/// values of one of them.
final class StepTracer: TracingObserver, CancellingObserver, TensorTrace {
  private let stage: String
  private let step: Int
  /// The place of the tensor to keep; nil: digests of all.
  private let keeps: Int?
  private(set) var tensors: [TracedTensor] = []
  /// The values of the tensor to keep.
  private(set) var values: [Float] = []
  /// What the step starts from, so that a second look need not compute what comes before it again.
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
