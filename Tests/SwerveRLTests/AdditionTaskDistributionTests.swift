import SwerveTensor
import Testing

@testable import SwerveRL

/// Draws against the distribution that PAPER section 2 states, by Pearson's chi-square.
@Suite struct AdditionTaskDistributionTests {
  private static let seed: UInt64 = 2025
  private static let draws = 20_000

  private func problems(_ task: AdditionTask, _ set: ProblemSet) throws -> [AdditionProblem] {
    let stream = RandomStream(seed: Self.seed, purpose: "test/operands/\(set)")
    return try (0..<Self.draws).map { row in
      var cursor = stream.cursor(step: 0, row: row)
      return try task.sample(set, using: &cursor)
    }
  }

  /// Whether counts fit probabilities: chi-square below its 1 - 1e-4 quantile by Wilson and Hilferty's approximation.
  private func expectFit(_ counts: [Int], _ probabilities: [Double], sourceLocation: SourceLocation = #_sourceLocation)
  {
    #expect(abs(probabilities.reduce(0, +) - 1) < 1e-12, sourceLocation: sourceLocation)
    let total = Double(counts.reduce(0, +))
    var chiSquare = 0.0
    var cells = 0.0
    for (count, probability) in zip(counts, probabilities) {
      if probability == 0 {
        #expect(count == 0, "seed \(Self.seed)", sourceLocation: sourceLocation)
        continue
      }
      let expected = probability * total
      chiSquare += (Double(count) - expected) * (Double(count) - expected) / expected
      cells += 1
    }
    let freedom = cells - 1
    let spread = 2 / (9 * freedom)
    let root = 1 - spread + 3.719 * spread.squareRoot()
    let limit = freedom * root * root * root
    #expect(chiSquare < limit, "seed \(Self.seed): chi-square \(chiSquare)", sourceLocation: sourceLocation)
  }

  /// Counts of (digits of a, digits of b), for 1...most digits.
  private func lengthCounts(_ problems: [AdditionProblem], most: Int) -> [Int] {
    var counts = [Int](repeating: 0, count: most * most)
    for problem in problems { counts[(problem.length(operand: 1) - 1) * most + problem.length(operand: 2) - 1] += 1 }
    return counts
  }

  /// Probabilities in the order of `lengthCounts`.
  private func lengthProbabilities(most: Int, _ probability: (Int, Int) -> Double) -> [Double] {
    (1...most).flatMap { a in (1...most).map { b in probability(a, b) } }
  }

  @Test func drawsComfortLengthsUniformly() throws {
    let drawn = try problems(AdditionTask(comfort: 4), .comfort)
    expectFit(lengthCounts(drawn, most: 4), lengthProbabilities(most: 4) { _, _ in 1.0 / 16 })
  }

  /// The longer one is uniform, a coin says whether the other is as long, and a second one which of them is longer.
  @Test func drawsBalancedComfortLengths() throws {
    let drawn = try problems(AdditionTask(comfort: 4, lengths: .balanced), .comfort)
    expectFit(
      lengthCounts(drawn, most: 4),
      lengthProbabilities(most: 4) { a, b in
        let most = max(a, b)
        if most == 1 { return 0.25 }
        return a == b ? 0.25 / 2 : 0.25 / 2 / 2 / Double(most - 1)
      })
  }

  @Test func drawsBothOperandsOfOneLength() throws {
    let drawn = try problems(AdditionTask(comfort: 2), .both(4))
    #expect(drawn.allSatisfy { $0.length(operand: 1) == 4 && $0.length(operand: 2) == 4 })
    #expect(drawn[0] != drawn[1])
  }

  @Test func drawsAShorterSecondOperand() throws {
    let drawn = try problems(AdditionTask(comfort: 2), .first(4))
    expectFit(
      lengthCounts(drawn, most: 4), lengthProbabilities(most: 4) { a, b in a == 4 && b < 4 ? 1.0 / 3 : 0 })
  }

  @Test func drawsComfortLengthsForTrainingWithoutPlus() throws {
    let drawn = try problems(AdditionTask(comfort: 3), .training)
    expectFit(lengthCounts(drawn, most: 3), lengthProbabilities(most: 3) { _, _ in 1.0 / 9 })
  }

  /// The other operand: half within comfort, half beyond.
  private func other(_ digits: Int, comfort: Int, extra: Int) -> Double {
    digits <= comfort ? 0.5 / Double(comfort) : 0.5 / Double(extra)
  }

  @Test(arguments: [1, 2, 3])
  func drawsPlusLengthsByTwoCoins(extra: Int) throws {
    let comfort = 3
    let hard = comfort + extra
    let drawn = try problems(AdditionTask(comfort: comfort), .plus(extra))
    expectFit(
      lengthCounts(drawn, most: hard),
      lengthProbabilities(most: hard) { a, b in
        (a == hard ? 0.5 * other(b, comfort: comfort, extra: extra) : 0)
          + (b == hard ? 0.5 * other(a, comfort: comfort, extra: extra) : 0)
      })
  }

  @Test func drawsTheHardLengthFromItsRange() throws {
    let (comfort, extra, range) = (2, 3, 3...4)
    let drawn = try problems(AdditionTask(comfort: comfort, plus: extra, hardDigits: range), .training)
    expectFit(
      lengthCounts(drawn, most: 5),
      lengthProbabilities(most: 5) { a, b in
        (range.contains(a) ? 0.25 * other(b, comfort: comfort, extra: extra) : 0)
          + (range.contains(b) ? 0.25 * other(a, comfort: comfort, extra: extra) : 0)
      })
  }

  @Test func drawsNumbersOfOneLengthUniformly() throws {
    let drawn = try problems(AdditionTask(comfort: 2), .comfort).flatMap { [$0.a, $0.b] }
    var short = [Int](repeating: 0, count: 10)
    var long = [Int](repeating: 0, count: 90)
    for number in drawn { if number < 10 { short[Int(number)] += 1 } else { long[Int(number) - 10] += 1 } }
    expectFit(short, short.map { _ in 0.1 })
    expectFit(long, long.map { _ in 1.0 / 90 })
  }
}
