extension TensorOperation {
  /// Every operation of the tape, in the order of the reference page.
  package static let all: [TensorOperation] =
    arithmetic + functions + choices + logic + reductions + rows + vocabulary + reading

  private static let arithmetic = [
    binary("add", "a + b; gradient to both") { try $0.add($1) },
    binary("sub", "a - b; gradient to both") { try $0.sub($1) },
    binary("mul", "a * b; gradient to both") { try $0.mul($1) },
    binary("div", "a / b; gradient to both") { try $0.div($1) },
    binary("pow", "a ^ b, with 0 ^ 0 = 1; gradient to both, finite at a = 0 for b >= 1") { try $0.pow($1) },
    unary("neg", "-x") { $0.neg() },
  ]

  private static let functions = [
    unary("exp", "e ^ x") { $0.exp() },
    unary("log", "natural logarithm: -inf at 0, NaN below") { $0.log() },
    unary("abs", "magnitude; gradient 0 at 0") { $0.abs() },
    unary("sqrt", "square root: NaN below 0, infinite gradient at 0") { $0.sqrt() },
    unary("square", "x * x") { $0.square() },
    unary("tanh", "hyperbolic tangent") { $0.tanh() },
    unary("sigmoid", "1 / (1 + e ^ -x)") { $0.sigmoid() },
    unary("log_sigmoid", "the logarithm of sigmoid, without its rounding to 0") { $0.logSigmoid() },
    unary("detach", "the same values, through which no gradient flows") { $0.detach() },
  ]

  private static let choices = [
    tensors("clamp", ["x", "lo", "hi"], "x limited to lo..hi; gradient to x where lo <= x <= hi") {
      try $0.tensor(0).clamp($0.tensor(1), $0.tensor(2))
    },
    tensors("where", ["condition", "a", "b"], "a where condition is not 0, else b; gradient to the one taken") {
      try $0.tensor(0).select($0.tensor(1), $0.tensor(2))
    },
    extreme("min", "min(x): the smallest of all; min(a, b): elementwise; gradient to the chosen, at ties the first") {
      try $0.min()
    } _: {
      try $0.min($1)
    },
    extreme("max", "max(x): the largest of all; max(a, b): elementwise; gradient to the chosen, at ties the first") {
      try $0.max()
    } _: {
      try $0.max($1)
    },
  ]

  private static let logic = [
    binary("lt", "1 where a < b, else 0; no gradient") { try $0.lt($1) },
    binary("le", "1 where a <= b, else 0; no gradient") { try $0.le($1) },
    binary("gt", "1 where a > b, else 0; no gradient") { try $0.gt($1) },
    binary("ge", "1 where a >= b, else 0; no gradient") { try $0.ge($1) },
    binary("eq", "1 where a equals b, else 0; no gradient") { try $0.eq($1) },
    binary("ne", "1 where a differs from b, else 0; no gradient") { try $0.ne($1) },
    binary("logical_and", "1 where neither is 0, else 0; no gradient") { try $0.and($1) },
    binary("logical_or", "1 where at least one is not 0, else 0; no gradient") { try $0.or($1) },
    unary("logical_not", "1 where x is 0, else 0; no gradient") { $0.not() },
  ]

  private static let reductions = [
    unary("sum", "the sum of all values; 0 for none") { $0.sum() },
    unary("mean", "the mean of all values") { try $0.mean() },
    unary("std", "the population standard deviation of all values; gradient 0 where it is 0") { try $0.std() },
    TensorOperation(
      name: "quantile", parameters: [Parameter(name: "x", kind: .tensor), Parameter(name: "q", kind: .number)],
      returnsNumber: false, doc: "the q-quantile of all values, interpolated as numpy does by default; no gradient"
    ) { .tensor(try $0.tensor(0).quantile($0.number(1))) },
    unary("rank", "how many tokens of the batch are smaller (ties by place, NaN last), from 0; no gradient") {
      try $0.rank()
    },
  ]

  private static let rows = [
    unary("row_sum", "the sum of the token's row, at each token") { try $0.rowSum() },
    unary("row_mean", "the mean of the token's row, at each token") { try $0.rowMean() },
    unary("row_min", "the smallest value of the token's row, at each token") { try $0.rowMin() },
    unary("row_max", "the largest value of the token's row, at each token") { try $0.rowMax() },
    unary("row_std", "the population standard deviation of the token's row, at each token") { try $0.rowStd() },
    TensorOperation(
      name: "row_quantile", parameters: [Parameter(name: "x", kind: .tensor), Parameter(name: "q", kind: .number)],
      returnsNumber: false, doc: "the q-quantile of the token's row, at each token; no gradient"
    ) { .tensor(try $0.tensor(0).rowQuantile($0.number(1))) },
    unary("row_softmax", "softmax over the token's row") { try $0.rowSoftmax() },
    unary("cumsum", "the sum of the token's row up to and including the token") { try $0.cumsum() },
  ]

  private static let vocabulary = [
    unary("softmax", "over all tokens of the batch; with a vocabulary axis, over the vocabulary") { try $0.softmax() },
    unary("log_softmax", "the logarithm of softmax, without its rounding to 0") { try $0.logSoftmax() },
    unary("vocab_sum", "the sum over the vocabulary, for each token") { try $0.vocabSum() },
    unary("vocab_max", "the largest over the vocabulary, for each token") { try $0.vocabMax() },
    binary("gather", of: ["x", "index"], "of each token the vocabulary entry that the index column names (from 0)") {
      try $0.gather($1)
    },
  ]

  private static let reading = [
    TensorOperation(
      name: "item", parameters: [Parameter(name: "x", kind: .tensor)], returnsNumber: true,
      doc: "the number in a scalar"
    ) { .number(Double(try $0.tensor(0).item())) },
    TensorOperation(
      name: "count", parameters: [Parameter(name: "x", kind: .tensor)], returnsNumber: true, doc: "the number of tokens"
    ) { .number(Double(try $0.tensor(0).count())) },
    TensorOperation(
      name: "at",
      parameters: [
        Parameter(name: "x", kind: .tensor), Parameter(name: "row", kind: .index),
        Parameter(name: "position", kind: .index), Parameter(name: "entry", kind: .index, isOptional: true),
      ],
      returnsNumber: true, doc: "one value, by row, position and, with a vocabulary axis, entry (all from 0)"
    ) {
      let entry = $0.count > 3 ? $0.index(3) : nil
      return .number(Double(try $0.tensor(0).at(row: $0.index(1), position: $0.index(2), entry: entry)))
    },
  ]

  private static func tensors(
    _ name: String, _ parameters: [String], _ doc: String, _ body: @escaping @Sendable (Arguments) throws -> Tensor
  ) -> TensorOperation {
    TensorOperation(
      name: name, parameters: parameters.map { Parameter(name: $0, kind: .tensor) }, returnsNumber: false, doc: doc
    ) { .tensor(try body($0)) }
  }

  private static func unary(
    _ name: String, _ doc: String, _ body: @escaping @Sendable (Tensor) throws -> Tensor
  ) -> TensorOperation {
    tensors(name, ["x"], doc) { try body($0.tensor(0)) }
  }

  private static func binary(
    _ name: String, of parameters: [String] = ["a", "b"], _ doc: String,
    _ body: @escaping @Sendable (Tensor, Tensor) throws -> Tensor
  ) -> TensorOperation {
    tensors(name, parameters, doc) { try body($0.tensor(0), $0.tensor(1)) }
  }

  /// One name for the reduction and for the elementwise choice.
  private static func extreme(
    _ name: String, _ doc: String, _ reduction: @escaping @Sendable (Tensor) throws -> Tensor,
    _ choice: @escaping @Sendable (Tensor, Tensor) throws -> Tensor
  ) -> TensorOperation {
    let parameters = [
      Parameter(name: "x", kind: .tensor), Parameter(name: "other", kind: .tensor, isOptional: true),
    ]
    return TensorOperation(name: name, parameters: parameters, returnsNumber: false, doc: doc) {
      .tensor(try $0.count == 1 ? reduction($0.tensor(0)) : choice($0.tensor(0), $0.tensor(1)))
    }
  }
}
