import Testing

@testable import SwerveTensor

@Suite struct TapeBackwardTests {
  /// Four tokens in two rows, numbers chosen so that every step is exact in Float; the sums were done by hand.
  ///
  /// policy: -logp A = 2 -2 2 2, mean 1. value: (R - v)² = 1/4 9/16 4 0, mean 77/64, times vf 1/2. entropy: mean 1,
  /// times 1/4. KL: d = 1/2 0 1/2 -1, k2 = 1/8 0 1/8 1/2, w = c² = 1/4 1 1/16 1, mean(w k2) = 69/512, times beta 2.
  /// loss = 1 + 77/128 - 1/4 + 69/256 = 415/256.
  @Test func matchesASmallA2CLossWorkedByHand() throws {
    let logp = try variableColumn([[-1, -2, -0.5], [-4]])
    let value = try variableColumn([[0.5, 0.25, 1], [-1]])
    let entropy = try variableColumn([[1, 2, 0.5], [0.5]])
    let advantage = try column([[2, -1, 4], [0.5]])
    let returns = try column([[1, 1, -1], [-1]])
    let reference = try column([[-1.5, -2, -1], [-3]])
    let certainty = try column([[0.5, 1, 0.25], [1]])

    let policy = try logp.neg().mul(advantage).mean()
    let critic = try returns.sub(value).square().mean()
    let k2 = try logp.sub(reference).square().div(.scalar(2))
    let penalty = try certainty.pow(.scalar(2)).mul(k2).mean()
    let loss = try policy.add(Tensor.scalar(0.5).mul(critic)).sub(Tensor.scalar(0.25).mul(entropy.mean()))
      .add(Tensor.scalar(2).mul(penalty))
    #expect(loss.values == [415.0 / 256])
    try loss.backward()
    // -A / 4 + beta w d / 4; vf 2 (v - R) / 4; -ent / 4.
    #expect(logp.gradient == [-0.4375, 0.25, -0.984375, -0.625])
    #expect(value.gradient == [-0.125, -0.1875, 0.5, 0])
    #expect(entropy.gradient == [-0.0625, -0.0625, -0.0625, -0.0625])
    #expect(advantage.gradient == nil && certainty.gradient == nil)
  }

  @Test func addsTheGradientsOfAVariableUsedTwice() throws {
    let x = try variableColumn([[1, 2], [3]])
    try x.mul(x).add(x).sum().backward()
    #expect(x.gradient == [3, 5, 7])
  }

  @Test func addsTheGradientsOfTwoGraphsInTheVariable() throws {
    let x = try variableColumn([[1, 2]])
    try x.square().sum().backward()
    try x.mul(.scalar(10)).sum().backward()
    #expect(x.gradient == [12, 14])
  }

  @Test func sendsTheGradientOfATieToTheFirst() throws {
    let x = try variableColumn([[2, 2, 1], [2, 1]])
    try x.max().add(x.min()).sum().backward()
    #expect(x.gradient == [1, 0, 1, 0, 0])
    let (a, b) = (try variableColumn([[1, 2]]), try variableColumn([[1, 3]]))
    try a.max(b).mul(.scalar(10)).add(a.min(b)).sum().backward()
    #expect(a.gradient == [11, 1] && b.gradient == [0, 10])
  }

  @Test func sendsTheGradientOfClampWithinItsBoundsInclusive() throws {
    for tensors in [false, true] {
      let x = try variableColumn([[-1, 0, 0.5, 1, 2]])
      let bound = try column([[1, 1, 1, 1, 1]])
      try (tensors ? x.clamp(.scalar(0), bound) : x.clamp(lo: 0, hi: 1)).sum().backward()
      #expect(x.gradient == [0, 1, 1, 1, 0])
    }
  }

  @Test func givesAStandardDeviationOfZeroAGradientOfZero() throws {
    let x = try variableColumn([[2, 2], [3]])
    try x.rowStd().sum().backward()
    #expect(x.gradient == [0, 0, 0])
  }

  @Test func sendsNoNaNFromABranchThatWhereDidNotTake() throws {
    let x = try variableColumn([[0, 1, 4]])
    let safe = try x.gt(.scalar(0)).select(x.log().add(x.sqrt()).add(Tensor.scalar(1).div(x)), .scalar(0))
    try safe.sum().backward()
    #expect(x.gradient == [0, 0.5, 0.25 + 0.25 - 0.0625])
  }

  @Test func sendsNoGradientThroughDetach() throws {
    let x = try variableColumn([[1, 2]])
    try x.mul(x.detach()).sum().backward()
    #expect(x.gradient == [1, 2])
  }

  @Test func rejectsBackwardOnATensorThatIsNotAScalar() throws {
    let x = try variableColumn([[1, 2], [3]])
    let message = "backward needs a scalar, got tokens(3 in 2 rows): end the loss with sum or mean"
    #expect(throws: TensorError(message: message)) { try x.backward() }
  }

  @Test func rejectsBackwardTwiceAndChangesNothing() throws {
    let x = try variableColumn([[1, 2]])
    let square = x.square()
    let loss = square.sum()
    try loss.backward()
    #expect(throws: TensorError.backwardTwice) { try loss.backward() }
    #expect(throws: TensorError.backwardTwice) { try square.mean().backward() }
    #expect(throws: TensorError.backwardTwice) { try x.sum().add(square.sum()).backward() }
    #expect(x.gradient == [2, 4])
  }

  @Test func rejectsBackwardWithoutAVariable() throws {
    let loss = try column([[1, 2]]).mean()
    #expect(throws: TensorError.nothingToDifferentiate) { try loss.backward() }
  }

  /// (a + b) + c with a = 2^24 and the others 1 loses both ones; any other order keeps them.
  @Test func addsGradientsFromTheLastNodeToTheFirst() throws {
    let x = try Tensor.variable([1], shape: .scalar)
    let terms = try [1, 1, 0x1p24].map { try x.mul(.scalar($0)) }
    try terms[0].add(terms[1]).add(terms[2]).backward()
    #expect(x.gradient == [0x1p24])
    let y = try Tensor.variable([1], shape: .scalar)
    let reversed = try [0x1p24, 1, 1].map { try y.mul(.scalar($0)) }
    try reversed[0].add(reversed[1]).add(reversed[2]).backward()
    #expect(y.gradient == [0x1p24 + 2])
  }

  @Test func leavesNothingBehindWhenAGraphIsReleased() throws {
    weak var node: Tensor?
    weak var leaf: Tensor?
    do {
      let x = try variableColumn([[1, 2, 3]])
      let y = try x.softmax().mul(x).select(x, x.exp())
      (node, leaf) = (y, x)
      try y.logSoftmax().sum().backward()
      #expect(node != nil && leaf?.gradient != nil)
    }
    #expect(node == nil && leaf == nil)
    do { node = try variableColumn([[1]]).rowStd().pow(.scalar(2)) }
    #expect(node == nil)
  }

  /// Recursion over such a chain would need more stack than a thread has.
  @Test func computesAndReleasesAChainOf300000Operations() throws {
    let x = try Tensor.variable([1], shape: .scalar)
    var y = x
    for _ in 0..<300_000 { y = try y.add(x) }
    let unused = y.neg()
    try y.backward()
    #expect(x.gradient == [300_001])
    #expect(unused.values == [-300_001])
    y = x
    for _ in 0..<300_000 { y = try y.add(y) }
  }
}
