import SwerveModel
import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveRL

/// After which steps the weights are hashed.
@Suite struct DigestPacingTests {
  private static func model() throws -> Transformer {
    Transformer(try ModelConfiguration(layers: 1, heads: 2, width: 16, context: 8, vocabulary: 10))
  }

  /// The steps with a digest, of a stage of 25 steps that ends after `stop`.
  private func hashed(
    _ pacing: DigestPacing, evaluated: [Int] = [], best: [Int: Float] = [:], stop: Int? = nil
  ) throws -> [Int] {
    let model = try Self.model()
    let ending = StageEnding(
      best: best.isEmpty ? nil : BestMetric("x", mode: .max),
      stop: ClosureStop { step, _ in step == stop ? "enough" : nil })
    let course = try StageCourse(ending, steps: 25, model: model, from: nil)
    var found: [Int] = []
    while let step = course.nextStep {
      _ = try course.end(step, best[step].map { [Metric("x", $0)] } ?? []) { _ in [] }
      let isEvaluated = evaluated.contains(step)
      if pacing.isDue(step, weights: model.tensors, isEvaluated: isEvaluated, course) { found.append(step) }
    }
    return found
  }

  @Test func hashesASmallModelAfterEachStep() throws {
    #expect(try hashed(DigestPacing()) == Array(1...25))
  }

  @Test func hashesALargeModelNowAndThenAndWhereItMayBeTheResult() throws {
    let pacing = DigestPacing(steps: 10, largest: 0)
    #expect(try hashed(pacing) == [10, 20, 25])
    #expect(try hashed(pacing, evaluated: [7, 14, 21]) == [7, 10, 14, 20, 21, 25])
    #expect(try hashed(pacing, best: [3: 1, 4: 0.5, 12: 2, 13: 2]) == [3, 10, 12, 20, 25])
    #expect(try hashed(pacing, stop: 13) == [10, 13])
  }

  @Test func countsAllTensors() throws {
    let count = try Self.model().tensors.reduce(0) { $0 + $1.values.count }
    #expect(try hashed(DigestPacing(steps: 10, largest: count)).count == 25)
    #expect(try hashed(DigestPacing(steps: 10, largest: count - 1)) == [10, 20, 25])
  }
}
