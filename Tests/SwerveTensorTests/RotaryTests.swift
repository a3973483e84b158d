import Foundation
import SwerveTestSupport
import Testing

@testable import SwerveTensor

@Suite struct RotaryTests {
  /// Half a unit in the last place of numbers up to 1, and what repeated products lose over 2000 positions.
  static let tableRoom = 0x1p-25 + 1e-12

  private func plainTable(context: Int, headWidth: Int) -> RotaryTable {
    RotaryTable(context: context, frequencies: rotaryFrequencies(headWidth: headWidth, base: 10_000))
  }

  /// The logarithm of 10000 that was a constant before there were other bases: its tables keep their bits.
  @Test func usesTheNearestNumberToTheLogarithmOfTheBase() {
    let frequencies = rotaryFrequencies(headWidth: 64, base: 10_000)
    for (i, found) in frequencies.enumerated() {
      let r = -9.210_340_371_976_184 * Double(2 * i) / 64 / 1024
      var (sum, term) = (1.0, 1.0)
      for n in 1...10 {
        term *= r / Double(n)
        sum += term
      }
      for _ in 0..<10 { sum *= sum }
      #expect(found == sum, "pair \(i)")
    }
  }

  @Test(arguments: [1, 2, 1e3, 1e4, 12_345.678, 1e5, 5e5, 1e6, 1e7])
  func computesFrequenciesAsPowersOfTheBase(base: Double) {
    for headWidth in [2, 6, 10, 64, 128] {
      for (i, found) in rotaryFrequencies(headWidth: headWidth, base: base).enumerated() {
        let expected = pow(base, -2 * Double(i) / Double(headWidth))
        #expect(abs(found - expected) <= 1e-12 * expected, "pair \(i) of \(headWidth)")
        #expect(found <= 1)
      }
    }
  }

  @Test func dividesLongWavelengthsAndKeepsShortOnes() {
    // Of 64 positions, low 1 and high 4: wavelengths below 16 stay, those above 64 are divided by 8.
    func scaled(_ f: Double) -> Double { llama3Frequency(f, factor: 8, low: 1, high: 4, original: 64) }
    #expect(scaled(1) == 1)
    #expect(scaled(2 * .pi / 15.9) == 2 * .pi / 15.9)
    #expect(scaled(0.01) == 0.01 / 8)
    let middle = 2 * Double.pi / 32
    // Half of the way from 1 to 4 is a third: 64 / 32 = 2.
    #expect(abs(scaled(middle) - (middle / 3 + 2 * middle / 3 / 8)) < 1e-16)
  }

  @Test(arguments: [2, 4, 8, 16, 32, 34, 64, 128])
  func holdsCosinesAndSinesInItsTable(headWidth: Int) {
    let context = 2000
    let table = plainTable(context: context, headWidth: headWidth)
    var worst = 0.0
    for i in 0..<headWidth / 2 {
      let frequency = pow(10_000, -2 * Double(i) / Double(headWidth))
      for position in [0, 1, 2, 100, 777, 1999] {
        let row = table.row(position)
        worst = max(worst, abs(Double(row[i]) - cos(Double(position) * frequency)))
        worst = max(worst, abs(Double(row[headWidth / 2 + i]) - sin(Double(position) * frequency)))
      }
    }
    #expect(worst < Self.tableRoom, "head width \(headWidth): off by \(worst)")
  }

  /// All rows of this context would take 4 GiB.
  @Test func computesOnlyThePositionsThatTextsReach() {
    let (long, short) = (plainTable(context: 1 << 24, headWidth: 64), plainTable(context: 1000, headWidth: 64))
    for position in [999, 0, 255, 256, 700] {
      for i in 0..<64 { #expect(long.row(position)[i].bitPattern == short.row(position)[i].bitPattern) }
    }
  }

  @Test func givesEveryThreadTheSameRows() {
    let expected = plainTable(context: 5000, headWidth: 8)
    let table = plainTable(context: 5000, headWidth: 8)
    var different = [Bool](repeating: false, count: 5000)
    different.withUnsafeMutableBufferPointer { different in
      nonisolated(unsafe) let different = different
      withPool(threads: 4) { pool in
        pool.run(5000) { position, _ in
          let (a, b) = (table.row(4999 - position), expected.row(4999 - position))
          different[position] = (0..<8).contains { a[$0].bitPattern != b[$0].bitPattern }
        }
      }
    }
    #expect(!different.contains(true))
  }

  @Test(
    arguments: [(1, 2), (2, 6), (3, 8), (2, 34), (1, 64), (16, 64)], [[], tinyFloats, tinyFloats + nonFiniteFloats])
  func rotatesInTheStatedOrder(_ shape: (heads: Int, headWidth: Int), special: [Float]) {
    for direction in [1, -1] as [Float] { checkTurning(shape, direction: direction, special: special) }
  }

  private func checkTurning(_ shape: (heads: Int, headWidth: Int), direction: Float, special: [Float]) {
    let (heads, headWidth) = shape
    let table = plainTable(context: 40, headWidth: headWidth)
    let pairs = headWidth / 2
    for position in [0, 1, 17, 39] {
      var random = TestRandom(UInt64(position))
      let normal = random.normals(heads * headWidth)
      let x = special.isEmpty ? normal : random.normals(heads * headWidth, with: special, in: 3)
      var expected = x
      for low in 0..<heads * headWidth where low % headWidth < pairs {
        let i = low % headWidth
        let high = low + pairs
        let c = table.row(position)[i]
        let s = table.row(position)[pairs + i] * direction
        expected[low] = fused(x[low], c, -(x[high] * s))
        expected[high] = fused(x[low], s, x[high] * c)
      }
      let turned = GuardedFloats(x)
      rotate(turned.pointer, position: position, heads: heads, table: table, direction: direction)
      #expect(bitMismatch(turned.array, expected) == nil, "\(shape), position \(position), direction \(direction)")
      #expect(turned.isIntact)
    }
  }

  /// The gradient of a turn is the turn back: x . R'y = Rx . y, to a few roundings of the terms.
  @Test func rotatesBackForTheGradient() {
    let table = plainTable(context: 500, headWidth: 16)
    for position in [0, 1, 250, 499] {
      var random = TestRandom(UInt64(position) + 50)
      let x = random.normals(32)
      let y = random.normals(32)
      let turned = GuardedFloats(x)
      let back = GuardedFloats(y)
      rotate(turned.pointer, position: position, heads: 2, table: table, direction: 1)
      rotate(back.pointer, position: position, heads: 2, table: table, direction: -1)
      let expected = doubleRotate(x.map(Double.init), position: position, heads: 2)
      #expect(relativeError(turned.array, expected) < 3e-7, "position \(position)")
      let forward = zip(turned.array, y).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
      let backward = zip(x, back.array).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
      #expect(abs(forward - backward) < 32 * 4 * 0x1p-24, "position \(position)")
    }
  }
}
