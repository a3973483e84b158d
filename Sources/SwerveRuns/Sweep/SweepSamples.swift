import SwerveFiles
import SwerveRecords
import SwerveTensor
import SwerveText

extension SweepPlan.Sampling {
  /// The most draws for a sample that must differ from those before it.
  private static let mostDraws = 1000
  private static let most = 100_000

  /// Draws samples. The value of an option follows from the seed, its name, its range and the number of the sample alone:
  /// more samples, or a range for another option, leave it as it is. A sample that is equal to an earlier one is drawn again.
  /// - Throws: OptionError for a repeated option, for no samples or too many, and where the ranges have fewer points.
  package init(ranges: [SweepRange], count: Int, seed: UInt64) throws {
    for (index, range) in ranges.enumerated() where ranges[..<index].contains(where: { $0.key === range.key }) {
      throw OptionError("--range \(range.key)= is there twice")
    }
    guard (1...Self.most).contains(count) else {
      throw OptionError("--sample must be in 1...\(Self.most), got \(count)")
    }
    var samples: [[SweepMember.Option]] = []
    var seen: Set<ExactString> = []
    for row in 0..<count {
      var cursors = ranges.map { range in
        RandomStream(seed: seed, purpose: "sweep/\(range.key)").cursor(step: 0, row: row)
      }
      var draws = 0
      var sample: [SweepMember.Option]
      repeat {
        guard draws < Self.mostDraws else {
          throw OptionError(
            "--sample \(count): after \(row) samples, \(Self.mostDraws) draws gave no other point: the ranges have too few"
          )
        }
        draws += 1
        sample = ranges.indices.map { index in
          SweepMember.Option(key: ranges[index].key, value: ranges[index].draw(&cursors[index]))
        }
      } while !seen.insert(ExactString(sample.map(\.value).joined(separator: "\0"))).inserted
      samples.append(sample)
    }
    self.init(ranges: ranges, seed: seed, samples: samples)
  }
}

extension SweepRange {
  /// One value as `--set` takes it. Numbers are rounded to four digits.
  fileprivate func draw(_ cursor: inout RandomCursor) -> String {
    switch kind {
    case .choice(let values): return values[cursor.below(values.count)]
    case .int(let low, let high): return "\(cursor.within(low...high))"
    case .linear(let low, let high):
      // Not (high - low), which may be infinite.
      let share = cursor.uniformDouble()
      return FourDigits.text((1 - share) * low + share * high, in: low...high)
    case .log(let low, let high):
      // Of Float, because these functions give the same bits on every machine.
      let (first, last) = (exactLog(Float(low)), exactLog(Float(high)))
      return FourDigits.text(Double(exactExp(first + cursor.uniform() * (last - first))), in: low...high)
    }
  }
}

/// Numbers rounded to four digits, of the number or, in a narrow range, of the range's width, as short texts: 0.0001234,
/// 2.5, 1.234e-07.
enum FourDigits {
  /// - Parameter range: bounds that rounding must not leave; a bound keeps all its digits.
  static func text(_ value: Double, in range: ClosedRange<Double>) -> String {
    let width = range.upperBound - range.lowerBound
    let text = text(value, exponent: min(exponent(value), exponent(width)) - 3)
    let rounded = Double(text) ?? value
    if rounded < range.lowerBound { return "\(range.lowerBound)" }
    return rounded > range.upperBound ? "\(range.upperBound)" : text
  }

  /// Of the power of ten at or below a number; 0 for 0 and for what is infinite.
  private static func exponent(_ value: Double) -> Int {
    var (scaled, exponent) = (abs(value), 0)
    guard scaled > 0, scaled.isFinite else { return 0 }
    while scaled >= 10 { (scaled, exponent) = (scaled / 10, exponent + 1) }
    while scaled < 1 { (scaled, exponent) = (scaled * 10, exponent - 1) }
    return exponent
  }

  /// The number as a multiple of a power of ten. Decimal texts are read exactly, and Swift writes the shortest text that gives
  /// the same number again.
  private static func text(_ value: Double, exponent: Int) -> String {
    guard let unit = Double("1e\(exponent)"), unit > 0 else { return "\(value)" }
    let count = (value / unit).rounded()
    // More digits than a number has.
    guard abs(count) < 0x1p53 else { return "\(value)" }
    return "\(Double("\(Int(count))e\(exponent)") ?? value)"
  }
}
