import LuaRuntime
import SwerveFiles
import SwerveModel
import SwerveTensor
import SwerveText

/// Fixed problems whose results are known bit for bit.
enum SelfTest {
  struct Check {
    let name: String
    let expected: String
    let found: String
    var isHealthy: Bool { expected === found }
  }

  /// - Parameter threads: for the training step, whose digest must not depend on this number.
  static func run(threads: Int) -> [Check] {
    let pool = WorkerPool(threads: threads)
    defer { pool.close() }
    let (gradient, weights, tokens) = training(pool)
    let checks = [
      Check(name: "random numbers (Philox 4x32-10)", expected: KnownAnswers.philox, found: philox()),
      Check(name: "exp, log, tanh, sigmoid", expected: KnownAnswers.functions, found: functions()),
      Check(name: "matrix products", expected: KnownAnswers.products, found: products()),
      Check(name: "gradient of a training step", expected: KnownAnswers.gradient, found: gradient),
      Check(name: "weights after AdamW", expected: KnownAnswers.weights, found: weights),
      Check(name: "sampled tokens", expected: KnownAnswers.tokens, found: tokens),
      Check(name: "order and limits in Lua", expected: "ok", found: LuaState.selfTest ?? "ok"),
      Check(name: "numbers, order and random in Lua", expected: KnownAnswers.lua, found: lua()),
    ]
    if OpenBLAS.ifPresent == nil { return checks }
    return checks + [Check(name: "OpenBLAS agrees within 1e-5", expected: "yes", found: blas())]
  }

  /// The known answers of the Random123 distribution (kat_vectors, philox4x32 10).
  private static func philox() -> String {
    let cases: [(SIMD4<UInt32>, SIMD2<UInt32>)] = [
      (SIMD4(repeating: 0), SIMD2(repeating: 0)), (SIMD4(repeating: .max), SIMD2(repeating: .max)),
      (SIMD4(0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344), SIMD2(0xA409_3822, 0x299F_31D0)),
    ]
    return cases.map { counter, key in hex(Philox.block(counter: counter, key: key)[0]) }.joined(separator: " ")
  }

  private static func hex(_ word: UInt32) -> String {
    let digits = String(word, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  /// Every 49999th float, in the order of bits.
  private static func functions() -> String {
    var print = Fingerprint()
    for bits in stride(from: UInt32(0), to: .max - 49_999, by: 49_999) {
      let x = Float(bitPattern: bits)
      print.add([exactExp(x), exactLog(x), exactTanh(x), exactSigmoid(x)])
    }
    return print.text
  }

  private static func numbers(_ count: Int, _ purpose: String) -> FloatBuffer {
    var random = RandomStream(seed: 5, purpose: "doctor/" + purpose).cursor(step: 0, row: 0)
    return FloatBuffer((0..<count).map { _ in random.normal() })
  }

  /// Products with shapes around the edges of tiles and panels, with each operand as stored and transposed, and with
  /// every start.
  private static func products() -> String {
    var print = Fingerprint()
    let scratch = MatMulScratch()
    for (m, n, k) in [(1, 1, 1), (3, 5, 7), (8, 32, 64), (17, 33, 129), (40, 100, 70)] {
      let a = numbers(m * k, "a")
      let b = numbers(k * n, "b")
      let bias = numbers(n, "bias")
      for transposed in [false, true] {
        let left = transposed ? LeftOperand.transposed(a.pointer, stride: m) : .rows(a.pointer, stride: k)
        let right = transposed ? RightOperand.transposed(b.pointer, stride: k) : .rows(b.pointer, stride: n)
        let x = numbers(m * n, "c")
        let residual = MatMulStart.residual(x.pointer, stride: n, bias: bias.pointer)
        for start in [.zero, .bias(bias.pointer), .accumulate, residual] {
          let c = numbers(m * n, "c")
          matMul(c.pointer, cStride: n, left, right, m: m, n: n, k: k, start: start, mode: .exact, scratch: scratch)
          print.add(c.values)
        }
        withExtendedLifetime(x) {}
      }
      withExtendedLifetime((a, b, bias)) {}
    }
    return print.text
  }

  /// A training step of a small model over texts of different lengths, and the tokens that it samples afterwards.
  private static func training(_ pool: WorkerPool) -> (gradient: String, weights: String, tokens: String) {
    var gradient = Fingerprint()
    var weights = Fingerprint()
    var tokens = Fingerprint()
    for positions in PositionEncoding.allCases {
      guard
        let configuration = try? ModelConfiguration(
          layers: 2, heads: 2, width: 36, context: 48, vocabulary: 13, positions: positions)
      else { continue }
      let model = Transformer(configuration)
      model.initialize(RandomStream(seed: 5, purpose: "doctor/weights"))
      var random = RandomStream(seed: 5, purpose: "doctor/texts").cursor(step: 0, row: 0)
      let texts = (0..<40).map { row in (0..<(8 + row)).map { _ in Int32(random.below(13)) } }
      let lanes = GradientLanes(count: model.layout.count)
      let runner = ShardRunner(configuration, pool: pool)
      gradient.add(CrossEntropy(texts: texts).gradient(model, runner: runner, into: lanes))
      for entry in model.layout.entries {
        gradient.add(UnsafeBufferPointer(start: lanes.total + entry.offset, count: entry.count))
      }
      let optimizer = AdamW(model, options: AdamW.Options())
      gradient.add(optimizer.update(gradient: lanes.total, learningRate: 0.01, pool: pool))
      for tensor in model.tensors { weights.add(tensor.values) }
      let generated = try? Sampler(model, pool: pool, tokensPerStep: 8).generate(
        prompts: texts.prefix(20).map { Array($0.prefix(5)) }, rules: [NeverStop](repeating: NeverStop(), count: 20),
        limits: (0..<20).map { 10 + $0 }, mode: .sample(temperature: 0.9),
        stream: RandomStream(seed: 5, purpose: "doctor/tokens"), step: 1)
      for text in generated ?? [] {
        for token in text.tokens { tokens.add(UInt32(bitPattern: token)) }
        tokens.add(text.logp)
      }
    }
    return (gradient.text, weights.text, tokens.text)
  }

  /// Checks that results of BLAS are within 1e-5 of the largest element.
  private static func blas() -> String {
    let m = 64
    let n = 96
    let k = 128
    let a = numbers(m * k, "a")
    let b = numbers(k * n, "b")
    let results = MathMode.allCases.map { mode in
      let c = FloatBuffer(count: m * n)
      matMul(
        c.pointer, cStride: n, .rows(a.pointer, stride: k), .rows(b.pointer, stride: n), m: m, n: n, k: k, start: .zero,
        mode: mode, scratch: MatMulScratch())
      return c.array
    }
    let largest = results[0].map(abs).max() ?? 0
    let distance = zip(results[0], results[1]).map { abs($0 - $1) }.max() ?? .infinity
    return distance <= 1e-5 * largest ? "yes" : "no, \(distance / largest) apart"
  }

  private static func lua() -> String {
    let program = """
      local t = { b = 1, a = 2, [3] = 3, [1.5] = 4, [true] = 5, 6 }
      for k, v in pairs(t) do print(k, v) end
      local list = {}
      for i = 1, 50 do list[i] = math.random(1000) end
      table.sort(list, function(x, y) return x % 7 < y % 7 end)
      print(table.concat(list, " "))
      print(0.1, 1e300 * 1e10, 2^53, -0.0, 1/3, math.pi, math.random(), math.sin(1), math.exp(1), 10 // 3, 7.5 % -2)
      """
    var output = ""
    let state = LuaState(seed: 5) { output += $0 }
    do {
      _ = try state.load(program, chunkName: "doctor").call()
      return Digest.of(output).leading(16)
    } catch {
      return "\(error)"
    }
  }
}

/// What `SelfTest` finds on every machine with this math version. If one of these changes, the math has changed: raise
/// `mathVersion` and give the reason in CHANGELOG.md.
private enum KnownAnswers {
  static let philox = "6627e8d5 408f276d d16cfe09"
  static let functions = "c5c0e5b5edb4d1c8"
  static let products = "5a2141da83f6646c"
  static let gradient = "5b934b67a4ebcf35"
  static let weights = "c3855712a52c2bad"
  static let tokens = "cacc30f1ce822cd4"
  static let lua = "1819794504aba359"
}

/// Collects the bits of results and gives the first 16 digits of their SHA-256.
private struct Fingerprint {
  private var bytes: [UInt8] = []

  /// All NaNs count as the same value, because their bits are not guaranteed.
  mutating func add(_ value: Float) { add(value.isNaN ? 0x7FC0_0000 : value.bitPattern) }

  mutating func add(_ values: some Sequence<Float>) {
    for value in values { add(value) }
  }

  mutating func add(_ word: UInt32) {
    for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: word >> UInt32(shift))) }
  }

  var text: String { Digest.of(bytes).leading(16) }
}
