import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveModel

/// Nothing is drawn from logits that are NaN or infinite.
@Suite struct SamplerErrorTests {
  /// The error of generating texts of these lengths, prompts of 3 tokens included, with a changed model: the same at any
  /// number of threads.
  private func error(
    _ mode: SamplingMode, lengths: [Int] = [20, 9, 14],
    _ change: (UnsafeMutablePointer<Float>, ParameterLayout) -> Void
  ) throws -> String {
    let configuration = try ModelConfiguration(layers: 1, heads: 2, width: 16, context: 24, vocabulary: 9)
    let model = randomModel(configuration, seed: 91)
    model.update { change($0, model.layout) }
    var texts: Set<String> = []
    for threads in threadCounts {
      do {
        _ = try withPool(threads: threads) { pool in
          try Sampler(model, pool: pool, sharesSteps: threads > 2).generate(
            prompts: lengths.map { _ in [1, 2, 3] }, rules: lengths.map { _ in NeverStop() },
            limits: lengths.map { $0 - 3 },
            mode: mode, stream: RandomStream(seed: 1, purpose: "tests/tokens"), step: 7)
        }
        texts.insert("no error")
      } catch let error as ModelError { texts.insert(error.message) }
    }
    #expect(texts.count == 1)
    return texts.first ?? ""
  }

  static let modes = [SamplingMode.greedy, .sample(temperature: 1.5)]

  @Test(arguments: 0..<2, nonFiniteFloats)
  func namesAWeightThatIsNotFinite(mode: Int, value: Float) throws {
    let text = try error(Self.modes[mode]) { weights, layout in
      weights[(layout.entry("wte.weight")?.offset ?? 0) + 8 * 16 + 3] = value
    }
    #expect(text.hasPrefix("step 7, episode 0: after 0 tokens the logit of token 8 is "), "\(text)")
    #expect(text.hasSuffix(": wte.weight at element 131 is \(value)"), "\(text)")
  }

  /// A position that only the longer texts reach: of 3 + 16 tokens, the last is at position 18.
  @Test(arguments: 0..<2)
  func reportsTheFirstTextThatMeetsIt(mode: Int) throws {
    let lengths = (0..<30).map { [6, 11, 17].contains($0) ? 20 : 15 }
    let text = try error(Self.modes[mode], lengths: lengths) { weights, layout in
      weights[(layout.entry("wpe.weight")?.offset ?? 0) + 18 * 16] = .nan
    }
    #expect(text.hasPrefix("step 7, episode 6: after 16 tokens the logit of token 0 is nan"), "\(text)")
    #expect(text.hasSuffix(": wpe.weight at element 288 is nan"), "\(text)")
  }

  /// Of finite weights.
  @Test(arguments: 0..<2)
  func rejectsALogitThatOverflows(mode: Int) throws {
    let text = try error(Self.modes[mode]) { weights, layout in
      guard let norm = layout.entry("ln_f.weight"), let embedding = layout.entry("wte.weight") else { return }
      weights[norm.offset + 2] = 1e30
      weights[embedding.offset + 16 * 4 + 2] = 1e30
    }
    #expect(text.hasPrefix("step 7, episode 0: after 0 tokens the logit of token 4 is "), "\(text)")
    #expect(text.contains("inf") && text.contains("all weights are finite"), "\(text)")
  }
}
