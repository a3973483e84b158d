import SwerveModel
import SwerveRL
import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveScript

/// lua/swerve/a2c.lua against the objective of rl.safetensors: loss and gradients. Sizes come from the file.
@Suite
struct A2CFixtureTests {
  /// tau of the file's log-probabilities.
  static let temperature: Float = 2
  let file: TensorFile
  /// Places of the masked-in tokens, row after row.
  let places: [Int]
  let layout: TokenLayout
  let vocabulary: Int

  init() throws {
    file = try Fixtures.tensors("rl.safetensors")
    let shape = try file.shape("logits")
    vocabulary = shape[2]
    let mask = try file.floats("mask")
    places = mask.indices.filter { mask[$0] == 1 }
    layout = TokenLayout(
      rowLengths: (0..<shape[0]).map { row in mask[row * shape[1]..<(row + 1) * shape[1]].count { $0 == 1 } })
  }

  private func packed(_ name: String) throws -> [Float] {
    let all = try file.floats(name)
    return places.map { all[$0] }
  }

  private func packedRows(_ name: String) throws -> [Float] {
    let all = try file.floats(name)
    return places.flatMap { all[$0 * vocabulary..<($0 + 1) * vocabulary] }
  }

  /// The columns with logits and value as the only variables: logp and entropy hang on the logits.
  private func columns(logits: Tensor, value: Tensor) throws -> TokenColumns {
    let shape = TensorShape.tokens(layout)
    let actions = try packed(integers: "actions")
    let log = try logits.div(.scalar(Self.temperature)).logSoftmax()
    let entropy = try log.exp().mul(log).vocabSum().neg()
    let logp = try log.gather(Tensor.constant(actions.map(Float.init), shape: shape))
    func constant(_ values: [Float]) throws -> Tensor { try Tensor.constant(values, shape: shape) }
    let ones = [Float](repeating: 1, count: layout.count)
    let made: [(String, Tensor)] = [
      ("logp", logp), ("entropy", entropy), ("value", value), ("ref_logp", try constant(packed("ref_logp"))),
      ("advantage", try constant(packed("advantage"))), ("returns", try constant(packed("return_"))),
      ("kl_weight", try constant(packed("weight_20"))), ("policy_weight", try constant(ones)),
      ("entropy_weight", try constant(ones)),
    ]
    let tokenizer = try CharacterTokenizer(
      alphabet: String(
        String.UnicodeScalarView(
          (0..<vocabulary).compactMap { Unicode.Scalar(33 + $0) })))
    return TokenColumns(layout: layout, tokens: actions, tokenizer: tokenizer, names: made.map(\.0)) { name in
      made.first { $0.0 == name }?.1
    }
  }

  private func packed(integers name: String) throws -> [Int32] {
    let all = try file.integers(name)
    return places.map { Int32(all[$0]) }
  }

  /// Sums of some sixty terms of size up to 30 in float32, against float64: 1e-6 of the loss; gradients are relative to
  /// the largest term that cancels in them, about 0.1.
  @Test func matchesTheLossAndItsGradients() throws {
    let experiment = try load(finetune("algorithm = 'a2c', kl = { coef = 5, estimator = 'k2' }"))
    let objective = try #require(experiment.finetunePlan?.objective)
    let logits = try Tensor.variable(packedRows("logits"), shape: .tokensBy(layout, vocabulary))
    let value = try Tensor.variable(packed("value"), shape: .tokens(layout))
    let loss = try objective.loss(
      columns(logits: logits, value: value),
      coefficients: [Metric("vf", 0.1), Metric("entropy", 0.001), Metric("kl", 5)], step: 1)
    #expect(mismatch(loss.total.values, try file.floats("loss"), relative: 1e-6) == nil)
    #expect(loss.parts.map(\.name) == ["entropy", "kl", "policy", "value"])
    try loss.total.backward()
    #expect(mismatch(value.gradient ?? [], try packed("d_value"), relative: 1e-6, absolute: 1e-8) == nil)
    #expect(mismatch(logits.gradient ?? [], try packedRows("d_logits"), relative: 1e-5, absolute: 1e-7) == nil)
  }
}
