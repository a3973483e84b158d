import SwerveFiles
import SwerveRL
import SwerveText

/// One line of samples.jsonl.
package struct SampleLine: Equatable, Sendable {
  package let stage: String
  package let step: Int
  package let set: String
  package let prompt: String
  package let answer: String
  package let reward: Float?
  /// The line as the file has it, without the line end.
  package let text: String

  /// The JSON that is written for a sample.
  package static func json(_ sample: SampleRecord, stage: String, step: Int) -> JSONValue {
    let line: JSONValue = [
      "stage": .string(stage), "step": .integer(step), "set": .string(sample.set), "prompt": .string(sample.prompt),
      "answer": .string(sample.answer), "reward": .float(sample.reward),
      "weights": list(sample.tokens.weights), "logp": list(sample.tokens.logp),
      "ref_logp": list(sample.tokens.referenceLogp),
    ]
    let texts = sample.tokens.texts
    // Where nothing is said, each token is one character of the answer.
    guard texts.contains(where: { $0.unicodeScalars.count != 1 }) else { return line }
    return .object((line.members ?? []) + [JSONMember("texts", .array(texts.map { .string($0) }))])
  }

  private static func list(_ values: [Float]) -> JSONValue { .array(values.map { .float($0) }) }

  init(_ line: JSONLine) throws {
    stage = try line.string("stage")
    step = try line.count("step")
    set = try line.string("set")
    prompt = try line.string("prompt")
    answer = try line.string("answer")
    reward = line.value["reward"]?.double.map { Float($0) }
    text = line.value.compact()
  }

  /// All samples of a run, in order; none for a run that was killed before the first.
  /// - Throws: FileError for a file that was changed after it was written.
  package static func read(_ folder: RunFolder) throws -> [SampleLine] {
    guard POSIXFile.kind(folder.samples) != nil else { return [] }
    var samples: [SampleLine] = []
    _ = try JSONFile.forEachLine(folder.samples) { samples.append(try SampleLine($0)) }
    return samples
  }
}
