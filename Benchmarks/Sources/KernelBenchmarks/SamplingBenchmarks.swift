import Foundation
import SwerveModel
import SwerveRL
import SwerveTensor

/// Sampling with a trained model, whose texts follow a pattern that can be guessed: sums of the kind that
/// examples/addition.lua fine-tunes on, other ones in each call.
func measureSampling(_ report: Report) {
  do {
    for tokensPerStep in [1, 8] { try measure(report, tokensPerStep: tokensPerStep) }
  } catch {
    preconditionFailure("the example's model and its task: \(error)")
  }
}

private let texts = 64

private func measure(_ report: Report, tokensPerStep: Int) throws {
  let (model, alphabet) = try exampleModel()
  let tokenizer = try CharacterTokenizer(alphabet: alphabet)
  let task = try AdditionTask(comfort: 3, plus: 1)
  let pool = WorkerPool(threads: 1)
  defer { pool.close() }
  let sampler = Sampler(model, pool: pool, tokensPerStep: tokensPerStep)
  let problems = RandomStream(seed: 1, purpose: "bench/problems")
  let tokens = RandomStream(seed: 1, purpose: "bench/tokens")
  var step = 0
  func generate() throws {
    step += 1
    let drawn = try (0..<texts).map { row in
      var cursor = problems.cursor(step: step, row: row)
      return try task.sample(.plus(1), using: &cursor)
    }
    _ = try sampler.generate(
      prompts: drawn.map { try tokenizer.encode($0.prompt) },
      rules: drawn.map { EpisodeStop(end: $0.makeEpisodeEnd(), tokenizer: tokenizer) },
      limits: drawn.map { min($0.episodeLimit, model.configuration.context - $0.prompt.utf8.count) },
      mode: .sample(temperature: 1), stream: tokens, step: step)
  }
  // What can be guessed has been seen before; in a run, in the updates before this one.
  for _ in 0..<4 { try generate() }
  let name = tokensPerStep == 1 ? "1 token" : "up to \(tokensPerStep) tokens"
  report.measure("sampling: \(name) a step", "addition, \(texts) texts") { try? generate() }
}

/// The model that ships with the examples.
private func exampleModel() throws -> (Transformer, alphabet: String) {
  let place = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../examples/models/addition-3.safetensors")
  return try Data(contentsOf: place).withUnsafeBytes { bytes in
    let file = try Safetensors(bytes)
    let (configuration, alphabet) = try CheckpointMetadata.read(file.metadata)
    let model = try CheckpointMetadata.model(configuration, mode: .exact, tensors: file.entries.count) { name in
      let entry = try file.entry(name)
      return (entry.shape, try file.floats(name, in: bytes))
    }
    return (model, alphabet)
  }
}
