import Foundation
import LuaRuntime
import Testing

/// The project's exp, log, sin, ... against libm of this machine, whose errors are below one ulp. They are asked through Lua,
/// as scripts do; `^` must reach the project's pow, too.
@Suite struct MathAccuracyTests {
  /// Runs `return function(x, y) return EXPRESSION end` on pairs of arguments and gives the largest distance in ulps.
  private func largestError(
    _ expression: String, seed: UInt64, x: ClosedRange<Double>, y: ClosedRange<Double> = 0...1,
    logarithmic: Bool = false,
    reference: (Double, Double) -> Double
  ) throws -> Double {
    try withLargeStack {
      let state = LuaState { _ in }
      let chunk = try state.load("return function(x, y) return \(expression) end", chunkName: "m.lua")
      let function = try #require(try chunk.call().first?.asFunction)
      var generator = Generator(state: seed)
      var worst = 0.0
      for _ in 0..<3000 {
        var a = Double.random(in: x, using: &generator)
        if logarithmic { a = exp(a) }
        let b = Double.random(in: y, using: &generator)
        let value = try #require(try function.call([.number(a), .number(b)]).first?.asDouble)
        let expected = reference(a, b)
        if value == expected || (value.isNaN && expected.isNaN) { continue }
        worst = max(worst, abs(value - expected) / expected.ulp)
      }
      return worst
    }
  }

  /// SplitMix64: the same arguments in every run.
  private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }

  @Test func computesExpAndLogWithinOneUlp() throws {
    #expect(try largestError("math.exp(x)", seed: 1, x: -700...700) { x, _ in exp(x) } <= 1)
    #expect(try largestError("math.exp(x)", seed: 2, x: -1...1) { x, _ in exp(x) } <= 1)
    #expect(try largestError("math.exp(x)", seed: 3, x: -745 ... -708) { x, _ in exp(x) } <= 1)
    #expect(try largestError("math.log(x)", seed: 4, x: -740...700, logarithmic: true) { x, _ in log(x) } <= 1)
    #expect(try largestError("math.log(x)", seed: 5, x: 0.9...1.1) { x, _ in log(x) } <= 1)
    #expect(try largestError("math.log(x, 2)", seed: 6, x: 0.1...1000) { x, _ in log2(x) } <= 1)
    #expect(try largestError("math.log(x, 10)", seed: 7, x: 0.1...1000) { x, _ in log10(x) } <= 1)
  }

  @Test func computesTrigonometryWithinOneUlp() throws {
    for (seed, range) in zip(UInt64(10)..., [-1.0...1, -100...100, -1e9...1e9, -1e22...1e22, 1e300...1e308]) {
      #expect(try largestError("math.sin(x)", seed: seed, x: range) { x, _ in sin(x) } <= 1)
      #expect(try largestError("math.cos(x)", seed: seed, x: range) { x, _ in cos(x) } <= 1)
      #expect(try largestError("math.tan(x)", seed: seed, x: range) { x, _ in tan(x) } <= 1)
    }
    #expect(try largestError("math.asin(x)", seed: 20, x: -1...1) { x, _ in asin(x) } <= 1)
    #expect(try largestError("math.acos(x)", seed: 21, x: -1...1) { x, _ in acos(x) } <= 1)
    #expect(try largestError("math.atan(x)", seed: 22, x: -50...50) { x, _ in atan(x) } <= 1)
    #expect(try largestError("math.atan(x, y)", seed: 23, x: -5...5, y: -5...5) { x, y in atan2(x, y) } <= 1)
  }

  @Test func computesPowersWithinOneUlpOfExpOfLog() throws {
    // In this process `pow` is the project's own, so libm's is not at hand: long double stands in.
    #expect(
      try largestError("x ^ y", seed: 30, x: -20...20, y: -20...20, logarithmic: true, reference: exactPower) <= 1)
    #expect(try largestError("x ^ y", seed: 31, x: 0.9...1.1, y: -5000...5000, reference: exactPower) <= 1)
    #expect(
      try largestError("x ^ 3", seed: 32, x: -20...20) { x, _ in Double(Float80(x) * Float80(x) * Float80(x)) } <= 1)
  }

  private func exactPower(_ x: Double, _ y: Double) -> Double {
    #if arch(x86_64)
      Double(Foundation.pow(Float80(x), Float80(y)))
    #else
      Foundation.exp(y * Foundation.log(x))
    #endif
  }

  @Test func followsTheStandardAtSpecialArguments() throws {
    try expect(
      """
      local inf, nan = math.huge, 0 / 0
      print(0^0, nan^0, 1^nan, 0^-1, (-0.0)^-1, (-0.0)^3, inf^-1, (-inf)^3, (-inf)^2, (-8)^(1/3), (-1)^inf, 0.5^inf, 2^-inf)
      print(2^1024, (-2)^1025, 2^-1080, 2^1e300, 0.5^1e300, (-2)^3, (-2)^-3)
      print(math.exp(inf), math.exp(-inf), math.exp(1000), math.exp(-1000), math.log(0), math.log(-1), math.log(inf))
      print(math.sin(inf), math.cos(nan), math.tan(-0.0), math.asin(2), math.acos(1), math.atan(inf), math.atan(0, -1))
      print(math.atan(-0.0, 1), math.atan(-0.0, -1), math.atan(1, 0), math.atan(-1, -0.0), math.atan(inf, -inf))
      """,
      prints: """
        1.0	1.0	1.0	inf	-inf	-0.0	0.0	-inf	inf	nan	1.0	0.0	0.0
        inf	-inf	0.0	inf	0.0	-8.0	-0.125
        inf	0.0	inf	0.0	-inf	nan	inf
        nan	nan	-0.0	nan	0.0	1.5707963267948966	3.141592653589793
        -0.0	-3.141592653589793	1.5707963267948966	-1.5707963267948966	2.356194490192345

        """)
  }
}
