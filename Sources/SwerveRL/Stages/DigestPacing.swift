import SwerveModel

/// After which steps the weights are hashed.
///
/// SHA-256 takes 0.7 ms for a megabyte, and a step of training takes longer the more tokens it has: for 500 tokens, a digest
/// of all weights takes a fifth of the step. So a stage whose steps have few tokens hashes a large model only now and then.
/// Metrics such as the loss and the gradient's norm are compared after every step in any case, and weights that differ show in
/// those of the next step.
struct DigestPacing: Sendable {
  /// Steps between digests of a large model.
  var steps = 10
  /// A model of more weights is large: of more than 16 MiB.
  var largest = 1 << 22

  /// Whether the weights after a step are hashed: those of a small model always; those of a large one after every tenth step,
  /// after evaluations, and where they may be the result of their stage. That follows from the plan and the recorded steps, so a
  /// run that is resumed or replayed has the same digests.
  func isDue(_ step: Int, weights: [NamedTensor], isEvaluated: Bool, _ course: StageCourse) -> Bool {
    step % steps == 0 || isEvaluated || course.nextStep == nil || course.isBest
      || weights.reduce(0) { $0 + $1.values.count } <= largest
  }
}
