import Testing

@testable import SwerveTensor

/// The table that scripts are bound to.
@Suite struct TapeOperationTests {
  @Test func hasUniqueNamesAndDocumentsEveryEntryInOneLine() {
    let names = TensorOperation.all.map(\.name)
    #expect(Set(names).count == names.count)
    for operation in TensorOperation.all {
      #expect(!operation.doc.isEmpty && !operation.doc.contains("\n"), "\(operation.name)")
      #expect(operation.parameters.first?.kind == .tensor, "\(operation.name)")
      #expect(TensorOperation.named(operation.name)?.signature == operation.signature)
    }
    #expect(TensorOperation.named("log1p") == nil)
  }

  @Test func listsWhatRulesAndLossesMayUse() {
    #expect(
      TensorOperation.all.map(\.signature) == [
        "add(a, b)", "sub(a, b)", "mul(a, b)", "div(a, b)", "pow(a, b)", "neg(x)", "exp(x)", "log(x)", "abs(x)",
        "sqrt(x)", "square(x)", "tanh(x)", "sigmoid(x)", "log_sigmoid(x)", "detach(x)", "clamp(x, lo, hi)",
        "where(condition, a, b)",
        "min(x[, other])", "max(x[, other])", "lt(a, b)", "le(a, b)", "gt(a, b)", "ge(a, b)", "eq(a, b)", "ne(a, b)",
        "logical_and(a, b)", "logical_or(a, b)", "logical_not(x)", "sum(x)", "mean(x)", "std(x)", "quantile(x, q)",
        "rank(x)", "row_sum(x)", "row_mean(x)", "row_min(x)", "row_max(x)", "row_std(x)", "row_quantile(x, q)",
        "row_softmax(x)", "cumsum(x)", "softmax(x)", "log_softmax(x)", "vocab_sum(x)", "vocab_max(x)",
        "gather(x, index)", "item(x)", "count(x)",
        "at(x, row, position[, entry])",
      ])
  }

  /// Calls an operation and returns its values, whether it gives a tensor or a number.
  private func call(_ name: String, _ arguments: TensorArgument...) throws -> [Double] {
    let operation = try #require(TensorOperation.named(name))
    switch try operation(arguments) {
    case .tensor(let tensor):
      #expect(!operation.returnsNumber)
      return tensor.values.map(Double.init)
    case .number(let number):
      #expect(operation.returnsNumber)
      return [number]
    }
  }

  /// One known result for every name, so that no entry calls its neighbour's method.
  @Test func callsTheOperationOfEachName() throws {
    let x = TensorArgument.tensor(try column([[4, -1], [2]]))
    let wide = TensorArgument.tensor(
      try .constant([0, 0, 3, 5], shape: .tokensBy(TokenLayout(rowLengths: [1, 1]), 2)))
    let two = TensorArgument.number(2)
    let expected: [(String, [TensorArgument], [Double])] = [
      ("add", [x, two], [6, 1, 4]), ("sub", [two, x], [-2, 3, 0]), ("mul", [x, two], [8, -2, 4]),
      ("div", [x, two], [2, -0.5, 1]), ("pow", [x, two], [16, 1, 4]), ("neg", [x], [-4, 1, -2]),
      ("exp", [.number(0)], [1]), ("log", [.number(1)], [0]), ("abs", [x], [4, 1, 2]), ("sqrt", [.number(9)], [3]),
      ("square", [x], [16, 1, 4]), ("tanh", [.number(0)], [0]), ("sigmoid", [.number(0)], [0.5]),
      ("log_sigmoid", [.number(0)], [Double(Float(-0.6931472))]),
      ("detach", [x], [4, -1, 2]), ("clamp", [x, .number(0), two], [2, 0, 2]), ("where", [x, x, two], [4, -1, 2]),
      ("min", [x], [-1]), ("max", [x], [4]), ("min", [x, two], [2, -1, 2]), ("max", [x, two], [4, 2, 2]),
      ("lt", [x, two], [0, 1, 0]), ("le", [x, two], [0, 1, 1]), ("gt", [x, two], [1, 0, 0]),
      ("ge", [x, two], [1, 0, 1]), ("eq", [x, two], [0, 0, 1]), ("ne", [x, two], [1, 1, 0]),
      ("logical_and", [x, .number(0)], [0, 0, 0]), ("logical_or", [x, .number(0)], [1, 1, 1]),
      ("logical_not", [.number(0)], [1]), ("sum", [x], [5]), ("mean", [.tensor(try column([[1, 2], [6]]))], [3]),
      ("std", [.tensor(try column([[1, 3]]))], [1]), ("quantile", [x, .number(0.75)], [3]), ("rank", [x], [2, 0, 1]),
      ("row_sum", [x], [3, 3, 2]), ("row_mean", [x], [1.5, 1.5, 2]), ("row_min", [x], [-1, -1, 2]),
      ("row_max", [x], [4, 4, 2]), ("row_std", [x], [2.5, 2.5, 0]),
      ("row_quantile", [x, .number(0.75)], [2.75, 2.75, 2]),
      ("row_softmax", [.tensor(try column([[1, 1], [5]]))], [0.5, 0.5, 1]), ("cumsum", [x], [4, 3, 2]),
      ("softmax", [.tensor(try column([[1, 1], [1, 1]]))], [0.25, 0.25, 0.25, 0.25]),
      ("log_softmax", [.tensor(try column([[7]]))], [0]), ("vocab_sum", [wide], [0, 8]), ("vocab_max", [wide], [0, 5]),
      ("gather", [wide, .tensor(try column([[1], [0]]))], [0, 3]), ("item", [two], [2]), ("count", [x], [3]),
      ("at", [x, .number(0), .number(1)], [-1]), ("at", [wide, .number(1), .number(0), .number(1)], [5]),
    ]
    for (name, arguments, values) in expected {
      let operation = try #require(TensorOperation.named(name))
      switch try operation(arguments) {
      case .tensor(let tensor): #expect(tensor.values.map(Double.init) == values, "\(name)")
      case .number(let number): #expect([number] == values && operation.returnsNumber, "\(name)")
      }
    }
    #expect(Set(expected.map(\.0)) == Set(TensorOperation.all.map(\.name)))
  }

  @Test func namesWrongArguments() throws {
    let x = TensorArgument.tensor(try column([[1, 2]]))
    func expect(_ message: String, _ name: String, _ arguments: TensorArgument...) {
      #expect(throws: TensorError(message: message)) { _ = try TensorOperation.named(name)?(arguments) }
    }
    expect("clamp takes 3 arguments, clamp(x, lo, hi), got 2", "clamp", x, .number(1))
    expect("exp takes 1 argument, exp(x), got 0", "exp")
    expect("max takes 1 to 2 arguments, max(x[, other]), got 3", "max", x, x, x)
    expect("quantile's q must be a number, got a tensor of shape tokens(2 in 1 rows)", "quantile", x, x)
    expect("at's row must be a whole number, got 0.5", "at", x, .number(0.5), .number(0))
  }
}
