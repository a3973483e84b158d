import Foundation
import Testing

@testable import SwerveTensor

/// Operations over a tree of labels, against plain loops in Double and their slopes.
@Suite struct TapeTreeTests {
  /// The seed of the last case is drawn anew in each run; failures show it.
  static let seeds: [UInt64] = [1, 2, 3, 4, UInt64.random(in: 0..<1 << 32)]

  /// A random forest in which children may come before their parents.
  private static func tree(_ random: inout TapeRandom) -> TreeShape {
    let count = random.cursor.within(1...12)
    var order = Array(0..<count)
    random.cursor.shuffle(&order)
    var parents = [Int](repeating: -1, count: count)
    for i in 1..<max(count, 1) where i < count {
      let above = random.cursor.within(0...i) - 1
      parents[order[i]] = above < 0 ? -1 : order[above]
    }
    return TreeShape(parents: parents)
  }

  private enum Operation: String, CaseIterable {
    case siblings, leaves, paths, subtrees

    func tape(_ x: Tensor, _ tree: TreeShape) throws -> Tensor {
      switch self {
      case .siblings: try x.siblingLogSoftmax(tree)
      case .leaves: try x.leafLogSoftmax(tree)
      case .paths: try x.pathSum(tree)
      case .subtrees: try x.subtreeSum(tree)
      }
    }

    func twin(_ x: [Double], _ tree: TreeShape) -> [Double] {
      func isAbove(_ a: Int, _ b: Int) -> Bool { a == b || tree.parents[b] >= 0 && isAbove(a, tree.parents[b]) }
      let all = Array(0..<tree.count)
      func logSum(_ entries: [Int]) -> Double { log(entries.reduce(0) { $0 + exp(x[$1]) }) }
      let leaves = all.filter { leaf in !tree.parents.contains(leaf) }
      return all.map { entry in
        switch self {
        case .siblings: x[entry] - logSum(all.filter { tree.parents[$0] == tree.parents[entry] })
        case .leaves: logSum(leaves.filter { isAbove(entry, $0) }) - logSum(leaves)
        case .paths: all.filter { isAbove($0, entry) }.reduce(0) { $0 + x[$1] }
        case .subtrees: all.filter { isAbove(entry, $0) }.reduce(0) { $0 + x[$1] }
        }
      }
    }
  }

  @Test(arguments: seeds)
  func matchesPlainLoopsAndTheirSlopes(seed: UInt64) throws {
    var random = TapeRandom(seed)
    let tree = Self.tree(&random)
    let layout = TokenLayout(rowLengths: [1, 1, 1])
    let shape = TensorShape.tokensBy(layout, tree.count)
    let values = random.values(shape.elementCount, in: -3...3)
    let weights = random.values(shape.elementCount, in: 0.5...1.5)
    for operation in Operation.allCases {
      let what = "\(operation.rawValue), parents \(tree.parents), seed \(seed)"
      func twin(_ x: [Double]) -> [Double] {
        (0..<3).flatMap { row in operation.twin(Array(x[row * tree.count..<(row + 1) * tree.count]), tree) }
      }
      let x = try Tensor.variable(values, shape: shape)
      let output = try operation.tape(x, tree)
      let expected = twin(values.map(Double.init))
      for (a, b) in zip(output.values, expected) { #expect(abs(Double(a) - b) < 2e-6 * (1 + abs(b)), "\(what)") }
      try output.mul(.constant(weights, shape: shape)).sum().backward()
      let gradient = x.gradient ?? []
      for element in gradient.indices {
        func loss(_ move: Double) -> Double {
          var moved = values.map(Double.init)
          moved[element] += move
          return zip(twin(moved), weights).reduce(0) { $0 + $1.0 * Double($1.1) }
        }
        let slope = (loss(1e-5) - loss(-1e-5)) / 2e-5
        #expect(abs(Double(gradient[element]) - slope) < 2e-5 * (1 + abs(slope)), "\(what), element \(element)")
      }
    }
  }

  @Test func keepsTinyProbabilitiesOfLeavesFinite() throws {
    let tree = TreeShape(parents: [-1, 0, 0, -1])
    let shape = TensorShape.tokensBy(TokenLayout(rowLengths: [1]), 4)
    let x = try Tensor.variable([0, -200, -201, 100], shape: shape)
    let result = try x.leafLogSoftmax(tree)
    #expect(abs(result.values[0] - (-300 + log(1 + exp(-1)))) < 1e-4 && result.values[3] == 0)
    try result.mul(.constant([1, 0, 0, 0], shape: shape)).sum().backward()
    #expect(abs((x.gradient?[1] ?? 0) - 1 / (1 + exp(-1))) < 1e-6 && x.gradient?[0] == 0)
  }

  @Test func givesAnOnlyChildTheProbabilityOneExactly() throws {
    let shape = TensorShape.tokensBy(TokenLayout(rowLengths: [1]), 3)
    let x = try Tensor.constant([5, -7, 1], shape: shape)
    #expect(try x.siblingLogSoftmax(TreeShape(parents: [-1, 0, 1])).values == [0, 0, 0])
  }

  @Test func rejectsATensorOfAnotherSize() throws {
    let x = try Tensor.constant([1, 2], shape: .tokensBy(TokenLayout(rowLengths: [1]), 2))
    let error = #expect(throws: TensorError.self) { try x.pathSum(TreeShape(parents: [-1])) }
    #expect(error?.message == "path_sum needs 1 values per token, one for each label, got 2")
  }

  @Test func computesLogSigmoidWithoutRoundingToZero() throws {
    let inputs: [Float] = [-200, -30, -1, -1e-3, 0, 1e-3, 1, 15, 30, 80]
    let layout = TokenLayout(rowLengths: [inputs.count])
    let x = try Tensor.variable(inputs, shape: .tokens(layout))
    let y = x.logSigmoid()
    for (value, input) in zip(y.values, inputs) {
      let expected = -log1p(exp(-Double(input)))
      let stable = input < 0 ? Double(input) - log1p(exp(Double(input))) : expected
      #expect(abs(Double(value) - stable) <= 3e-7 * abs(stable), "log_sigmoid(\(input)) is \(value), not \(stable)")
    }
    try y.sum().backward()
    for (slope, input) in zip(x.gradient ?? [], inputs) {
      let expected = 1 / (1 + exp(Double(input)))
      #expect(abs(Double(slope) - expected) <= 4e-7 * expected, "at \(input)")
    }
  }
}
