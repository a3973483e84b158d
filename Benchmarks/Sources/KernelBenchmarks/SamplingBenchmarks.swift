import Foundation
import SwerveModel
import SwerveRL
import SwerveTensor

/// Sampling one token of a text at a time, and several where they can be predicted. A trained model gets sums of the
/// kind that examples/addition.lua fine-tunes on. An untrained model of nano's size makes random texts. Each call has
/// other texts.
func measureSampling(_ report: Report) {
  do {
    let sources = [try additions(), try untrainedTexts()]
    for source in sources {
      for tokensPerStep in [1, 8] { try measure(report, source, tokensPerStep: tokensPerStep) }
    }
  } catch {
    preconditionFailure("the example's model and its task: \(error)")
  }
}

private let texts = 64

/// A model, and what it is to sample.
private struct TextSource {
  let name: String
  let model: Transformer
  /// The prompts of a step, what ends their texts, and the most tokens of each.
  let draw: (_ step: Int) throws -> (prompts: [[Int32]], rules: [any StopRule], limits: [Int])
}

private func additions() throws -> TextSource {
  let (model, tokenizer) = try exampleModel()
  let task = try AdditionTask(comfort: 3, plus: 1)
  let problems = RandomStream(seed: 1, purpose: "bench/problems")
  return TextSource(name: "addition", model: model) { step in
    let drawn = try (0..<texts).map { row in
      var cursor = problems.cursor(step: step, row: row)
      return try task.sample(.plus(1), using: &cursor)
    }
    return (
      try drawn.map { try tokenizer.encode($0.prompt) },
      drawn.map { EpisodeStop(end: $0.makeEpisodeEnd(), tokenizer: tokenizer) },
      drawn.map { min($0.episodeLimit, model.configuration.context - $0.prompt.utf8.count) }
    )
  }
}

private func untrainedTexts() throws -> TextSource {
  let model = Transformer(try Model.nano.configuration)
  model.initialize(RandomStream(seed: 1, purpose: "bench/weights"))
  let prompts = [[Int32]](repeating: [0], count: texts)
  let rules = [NeverStop](repeating: NeverStop(), count: texts)
  let limits = [Int](repeating: model.configuration.context - 1, count: texts)
  return TextSource(name: "untrained", model: model) { _ in (prompts, rules, limits) }
}

private func measure(_ report: Report, _ source: TextSource, tokensPerStep: Int) throws {
  let pool = WorkerPool(threads: 1)
  defer { pool.close() }
  let sampler = Sampler(source.model, pool: pool, tokensPerStep: tokensPerStep)
  let tokens = RandomStream(seed: 1, purpose: "bench/tokens")
  var step = 0
  func generate() throws {
    step += 1
    let (prompts, rules, limits) = try source.draw(step)
    _ = try sampler.generate(
      prompts: prompts, rules: rules, limits: limits, mode: .sample(temperature: 1), stream: tokens, step: step)
  }
  // Only what has been seen before can be predicted. In a run, it was seen in earlier updates.
  for _ in 0..<4 { try generate() }
  let name = tokensPerStep == 1 ? "1 token" : "up to \(tokensPerStep) tokens"
  report.measure("sampling: \(name) a step", "\(source.name), \(texts) texts") { try? generate() }
}

/// The model that ships with the examples.
private func exampleModel() throws -> (Transformer, any Tokenizer) {
  let place = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../examples/models/addition-3.safetensors")
  return try Data(contentsOf: place).withUnsafeBytes { bytes in
    let file = try Safetensors(bytes)
    let (configuration, tokenizer) = try CheckpointMetadata.read(file.metadata)
    let model = try CheckpointMetadata.model(configuration, mode: .exact, tensors: file.entries.count) { name in
      let entry = try file.entry(name)
      return (entry.shape, try file.floats(name, in: bytes))
    }
    return (model, tokenizer)
  }
}
