import Foundation
import Testing

@testable import SwerveTensor

/// One operation with the shapes and ranges of its operands, and what it means in Double.
struct TapeGradientCase: CustomTestStringConvertible, Sendable {
  let name: String
  let inputs: [(kind: TapeKind, range: ClosedRange<Float>)]
  let tape: @Sendable ([Tensor]) throws -> Tensor
  let twin: @Sendable ([TapeTwin]) -> TapeTwin

  var testDescription: String { "\(name) \(inputs.map { "\($0.kind)" }.joined(separator: ", "))" }
}

private let wide: ClosedRange<Float> = -2...2
private let positive: ClosedRange<Float> = 0.25...2

extension TapeGradientCase {
  static let all = elementwise + binaries + choices + reductions + overTokens + overVocabulary

  /// An operation of one operand, at the given shapes.
  private static func unary(
    _ name: String, over range: ClosedRange<Float> = wide, at kinds: [TapeKind] = TapeKind.allCases,
    _ tape: @escaping @Sendable (Tensor) throws -> Tensor, _ twin: @escaping @Sendable (TapeTwin) -> TapeTwin
  ) -> [TapeGradientCase] {
    kinds.map { kind in
      TapeGradientCase(name: name, inputs: [(kind, range)]) {
        try tape($0[0])
      } twin: {
        twin($0[0])
      }
    }
  }

  /// An operation of two operands, at all nine pairs of shapes.
  private static func binary(
    _ name: String, over first: ClosedRange<Float> = wide, and second: ClosedRange<Float> = wide,
    _ tape: @escaping @Sendable (Tensor, Tensor) throws -> Tensor,
    _ twin: @escaping @Sendable (Double, Double) -> Double
  ) -> [TapeGradientCase] {
    TapeKind.allCases.flatMap { a in
      TapeKind.allCases.map { b in
        TapeGradientCase(name: name, inputs: [(a, first), (b, second)]) {
          try tape($0[0], $0[1])
        } twin: {
          $0[0].zip($0[1], twin)
        }
      }
    }
  }

  private static let elementwise: [TapeGradientCase] = [
    unary("neg", { $0.neg() }, { $0.map { -$0 } }),
    unary("exp", { $0.exp() }, { $0.map { Foundation.exp($0) } }),
    unary("log", over: positive, { $0.log() }, { $0.map { Foundation.log($0) } }),
    unary("abs", { $0.abs() }, { $0.map { Swift.abs($0) } }),
    unary("sqrt", over: positive, { $0.sqrt() }, { $0.map { $0.squareRoot() } }),
    unary("square", { $0.square() }, { $0.map { $0 * $0 } }),
    unary("tanh", { $0.tanh() }, { $0.map { Foundation.tanh($0) } }),
    unary("sigmoid", { $0.sigmoid() }, { $0.map { 1 / (1 + Foundation.exp(-$0)) } }),
    unary("clamp", { try $0.clamp(lo: -1, hi: 0.5) }, { $0.map { Swift.min(Swift.max($0, -1), 0.5) } }),
  ].flatMap { $0 }

  private static let binaries: [TapeGradientCase] = [
    binary("add", { try $0.add($1) }, { $0 + $1 }),
    binary("sub", { try $0.sub($1) }, { $0 - $1 }),
    binary("mul", { try $0.mul($1) }, { $0 * $1 }),
    binary("div", and: positive, { try $0.div($1) }, { $0 / $1 }),
    binary("pow", over: positive, { try $0.pow($1) }, { Foundation.pow($0, $1) }),
    binary("pow at 150", over: 0.98...1, and: 100...150, { try $0.pow($1) }, { Foundation.pow($0, $1) }),
    binary("min", { try $0.min($1) }, { Swift.min($0, $1) }),
    binary("max", { try $0.max($1) }, { Swift.max($0, $1) }),
  ].flatMap { $0 }

  private static let choices: [TapeGradientCase] = TapeKind.allCases.flatMap { a in
    TapeKind.allCases.flatMap { b in
      [
        TapeGradientCase(name: "where", inputs: [(a, wide), (b, wide)]) {
          try $0[0].gt(.scalar(0.25)).select($0[0].square(), $0[1])
        } twin: {
          $0[0].zip($0[1]) { x, y in x > 0.25 ? x * x : y }
        },
        TapeGradientCase(name: "clamp to tensors", inputs: [(a, -3...3), (b, -2...0), (.tokens, 0...2)]) {
          try $0[0].clamp($0[1], $0[2])
        } twin: {
          $0[0].zip($0[1]) { Swift.max($0, $1) }.zip($0[2]) { Swift.min($0, $1) }
        },
      ]
    }
  }

  private static let reductions: [TapeGradientCase] = [
    unary("sum", { $0.sum() }, { $0.scalar(plainSum) }),
    unary("mean", { try $0.mean() }, { $0.scalar(plainMean) }),
    unary("std", at: [.tokens, .tokensBy], { try $0.std() }, { $0.scalar(plainStd) }),
    unary("min", { try $0.min() }, { $0.scalar { $0.min() ?? 0 } }),
    unary("max", { try $0.max() }, { $0.scalar { $0.max() ?? 0 } }),
  ].flatMap { $0 }

  private static let overTokens: [TapeGradientCase] = [
    unary("row_sum", at: [.tokens], { try $0.rowSum() }, { $0.perRow(plainSum) }),
    unary("row_mean", at: [.tokens], { try $0.rowMean() }, { $0.perRow(plainMean) }),
    unary("row_std", at: [.tokens], { try $0.rowStd() }, { $0.perRow(plainStd) }),
    unary("row_min", at: [.tokens], { try $0.rowMin() }, { $0.perRow { $0.min() ?? 0 } }),
    unary("row_max", at: [.tokens], { try $0.rowMax() }, { $0.perRow { $0.max() ?? 0 } }),
    unary("row_softmax", at: [.tokens], { try $0.rowSoftmax() }, { $0.rows(plainSoftmax) }),
    unary("softmax", at: [.tokens], { try $0.softmax() }, { $0.with(plainSoftmax($0.values)) }),
    unary("log_softmax", at: [.tokens], { try $0.logSoftmax() }, { $0.with(plainSoftmax($0.values)).map { log($0) } }),
    unary(
      "cumsum", at: [.tokens], { try $0.cumsum() },
      { $0.rows { row in row.indices.map { plainSum(Array(row[...$0])) } } }),
  ].flatMap { $0 }

  private static let overVocabulary: [TapeGradientCase] = [
    unary("softmax", at: [.tokensBy], { try $0.softmax() }, { $0.vocabularies(.tokensBy, plainSoftmax) }),
    unary(
      "log_softmax", at: [.tokensBy], { try $0.logSoftmax() },
      { $0.vocabularies(.tokensBy) { plainSoftmax($0).map { log($0) } } }),
    unary("vocab_sum", at: [.tokensBy], { try $0.vocabSum() }, { $0.vocabularies(.tokens) { [plainSum($0)] } }),
    unary("vocab_max", at: [.tokensBy], { try $0.vocabMax() }, { $0.vocabularies(.tokens) { [$0.max() ?? 0] } }),
    unary(
      "gather", at: [.tokensBy],
      { x in
        let (layout, size) = try x.vocabularyLayout("test")
        let index = (0..<layout.count).map { Float($0 * 7 % size) }
        return try x.gather(.constant(index, shape: .tokens(layout)))
      },
      { x in x.with((0..<x.layout.count).map { x.values[$0 * x.size + $0 * 7 % x.size] }, .tokens) }),
  ].flatMap { $0 }
}

func plainSoftmax(_ x: [Double]) -> [Double] {
  let e = x.map { Foundation.exp($0) }
  return e.map { $0 / plainSum(e) }
}
