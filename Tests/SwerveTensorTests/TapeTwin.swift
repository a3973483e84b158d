import SwerveTensor

/// The shapes of the tape without their layout, for tables of cases.
enum TapeKind: CaseIterable {
  case scalar, tokens, tokensBy

  func shape(_ layout: TokenLayout, _ size: Int) -> TensorShape {
    switch self {
    case .scalar: .scalar
    case .tokens: .tokens(layout)
    case .tokensBy: .tokensBy(layout, size)
    }
  }
}

/// The evaluator in Double that gradients are checked against: plain loops over the same packed layout, and nothing
/// else.
struct TapeTwin {
  let values: [Double]
  let kind: TapeKind
  let layout: TokenLayout
  let size: Int

  func map(_ f: (Double) -> Double) -> TapeTwin { with(values.map(f)) }

  func with(_ values: [Double], _ kind: TapeKind? = nil) -> TapeTwin {
    TapeTwin(values: values, kind: kind ?? self.kind, layout: layout, size: size)
  }

  /// The element that element `i` of a larger shape reads.
  func element(_ i: Int, of kind: TapeKind) -> Double {
    switch (self.kind, kind) {
    case (.scalar, _): values[0]
    case (.tokens, .tokensBy): values[i / size]
    default: values[i]
    }
  }

  func zip(_ other: TapeTwin, _ f: (Double, Double) -> Double) -> TapeTwin {
    let kinds = [kind, other.kind]
    let kind: TapeKind = kinds.contains(.tokensBy) ? .tokensBy : kinds.contains(.tokens) ? .tokens : .scalar
    let count = kind.shape(layout, size).elementCount
    return with((0..<count).map { f(element($0, of: kind), other.element($0, of: kind)) }, kind)
  }

  func scalar(_ f: ([Double]) -> Double) -> TapeTwin { with([f(values)], .scalar) }

  /// `f` of each row at every token of it; `f` returns one number per token.
  func rows(_ f: ([Double]) -> [Double]) -> TapeTwin {
    with((0..<layout.rows).flatMap { f(Array(values[layout.range(ofRow: $0)])) })
  }

  /// `f` of each row, repeated at its tokens.
  func perRow(_ f: ([Double]) -> Double) -> TapeTwin {
    rows { row in row.isEmpty ? [] : Array(repeating: f(row), count: row.count) }
  }

  /// `f` of each token's vocabulary.
  func vocabularies(_ kind: TapeKind, _ f: ([Double]) -> [Double]) -> TapeTwin {
    with((0..<layout.count).flatMap { f(Array(values[$0 * size..<($0 + 1) * size])) }, kind)
  }
}

func plainSum(_ x: [Double]) -> Double { x.reduce(0, +) }
func plainMean(_ x: [Double]) -> Double { plainSum(x) / Double(x.count) }
func plainStd(_ x: [Double]) -> Double {
  let mean = plainMean(x)
  return plainMean(x.map { ($0 - mean) * ($0 - mean) }).squareRoot()
}

/// Random inputs for the tape, from a seed that a failure shows.
struct TapeRandom {
  var cursor: RandomCursor

  init(_ seed: UInt64) { cursor = RandomStream(seed: seed, purpose: "tests/tape").cursor(step: 0, row: 0) }

  /// One to six rows of 0 to 9 tokens; one of every four is empty or a single token. At least one token in all.
  mutating func layout() -> TokenLayout {
    var lengths: [Int] = []
    for _ in 0..<cursor.within(1...6) {
      lengths.append(cursor.below(4) == 0 ? cursor.below(2) : cursor.below(10))
    }
    return TokenLayout(rowLengths: lengths.contains { $0 > 0 } ? lengths : lengths + [3])
  }

  mutating func values(_ count: Int, in range: ClosedRange<Float>) -> [Float] {
    (0..<count).map { _ in range.lowerBound + (range.upperBound - range.lowerBound) * cursor.uniform() }
  }
}

extension TapeRandom {
  /// All places of a list, or 20 of a long one: differences in a debug build are slow.
  mutating func some(of count: Int) -> [Int] {
    count <= 20 ? Array(0..<count) : (0..<20).map { _ in cursor.below(count) }
  }

  mutating func tokens(_ layout: TokenLayout, in range: ClosedRange<Float> = -2...2) throws -> Tensor {
    try .constant(values(layout.count, in: range), shape: .tokens(layout))
  }
}

/// A column over one layout of rows.
func column(_ rows: [[Float]]) throws -> Tensor {
  try .constant(rows.flatMap { $0 }, shape: .tokens(TokenLayout(rowLengths: rows.map(\.count))))
}

/// The same as a variable.
func variableColumn(_ rows: [[Float]]) throws -> Tensor {
  try .variable(rows.flatMap { $0 }, shape: .tokens(TokenLayout(rowLengths: rows.map(\.count))))
}

/// Whether two lists are the same bits (so that -0 is not 0, and any two NaNs agree).
func sameBits(_ a: [Float], _ b: [Float]) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { $0.bitPattern == $1.bitPattern || ($0.isNaN && $1.isNaN) }
}
