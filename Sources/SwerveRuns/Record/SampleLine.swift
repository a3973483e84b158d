import SwerveRL

/// One line of samples.jsonl.
enum SampleLine {
  static func json(_ sample: SampleRecord, stage: String, step: Int) -> JSONValue {
    [
      "stage": .string(stage), "step": .integer(step), "set": .string(sample.set), "prompt": .string(sample.prompt),
      "answer": .string(sample.answer), "reward": .float(sample.reward),
      "weights": .array(sample.weights.map { .float($0) }),
    ]
  }
}
