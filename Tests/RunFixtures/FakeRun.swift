import SwerveFiles
import SwerveModel
import SwerveRL
import SwerveRecords
import SwerveRuns
import SwerveText

/// A pretended experiment: two stages whose numbers follow from step and seed, so that it can be run again.
package struct FakeRun {
  package var seed: UInt64
  package var options: JSONValue = ["digits": 5, "kl": .double(5.0)]
  package var script = "return swerve.finetune {}\n"
  package var scriptPath = "examples/quick.lua"
  package var files = [FileDigest(path: "models/a.safetensors", sha256: Digest.of("a"))]
  package var math: Int
  package var mode = "exact"
  package var cpu = "a test"
  package var plan = [
    StageInfo(name: "pretrain", kind: "pretrain", steps: 5),
    StageInfo(name: "prioritized", kind: "finetune", steps: 20),
  ]
  /// The steps after which the weights are hashed.
  package var isHashed: (Int) -> Bool = { _ in true }
  /// Of its samples, and what each of their tokens has of it.
  package var answer = "2\n"
  package var texts: [String] = []
  /// Changes a metric on its way to the observer.
  package var change: (String, Int, Metric) -> Metric = { _, _, metric in metric }

  package init(seed: UInt64 = 7, math: Int = 1) {
    self.seed = seed
    self.math = math
  }

  package var inputs: RunInputs {
    RunInputs(
      scriptSHA256: Digest.of(script), files: files,
      options: options, seed: seed, limits: ["instructions": 1000], math: mode, mathVersion: math)
  }

  package var manifest: Manifest {
    Manifest(
      name: "quick", script: scriptPath, inputs: inputs, stages: plan,
      notCompared: [("date", "2026-01-02"), ("cpu", cpu)])
  }

  package var sources: [ScriptSource] {
    [
      ScriptSource(path: scriptPath, bytes: Array(script.utf8)),
      ScriptSource(path: "rules/mine.lua", bytes: Array("return {}\n".utf8)),
    ]
  }

  package func metrics(_ stage: String, _ step: Int) -> [Metric] {
    let x = Float(step) / 3
    let all = [
      Metric("loss", 1 / (x + Float(seed))), Metric("kl_k2", x * 0.0123),
      Metric("critical_step_k", step % 2 == 0 ? nil : x), Metric("success_plus1", x * x),
    ]
    return all.map { change(stage, step, $0) }
  }

  /// Tells the observer what training would.
  package func train(_ observer: any TrainingObserver) throws {
    for stage in plan {
      try observer.stageWillStart(stage)
      var values: [Float] = [1, 2, 3, Float(seed)]
      for step in 1...stage.steps {
        if observer.wantsToStop { return }
        values[0] += Float(step) / 7
        try Self.withTensors(values) { weights in
          try observer.stepDidEnd(
            StepRecord(
              stage: stage.name, step: step, metrics: metrics(stage.name, step),
              notCompared: [Metric("tokens_per_second", 1234.5)], weights: weights, hasDigest: isHashed(step)))
        }
        if step % 5 == 0 {
          let tokens = SampleTokens(texts: texts, weights: [0.5, 1], logp: [-0.25, 0], referenceLogp: [-1, -8])
          let sample = SampleRecord(set: "plus1", prompt: "1+1=", answer: answer, reward: 1, tokens: tokens)
          try observer.didSample([sample], stage: stage.name, step: step)
        }
      }
      try Self.withTensors(values) {
        try observer.stageDidEnd(stage, metadata: [("alphabet", "0123456789+=\n")], weights: $0)
      }
    }
  }

  package static func withTensors(_ values: [Float], _ body: ([NamedTensor]) throws -> Void) rethrows {
    try values.withUnsafeBufferPointer { buffer in
      try body([
        NamedTensor(name: "wte", shape: [1, 2], values: UnsafeBufferPointer(rebasing: buffer[0..<2])),
        NamedTensor(name: "bias", shape: [2], values: UnsafeBufferPointer(rebasing: buffer[2..<4])),
      ])
    }
  }

  /// Records it into a new folder under `runsFolder` and returns the path.
  package func record(in runsFolder: String) throws -> String {
    let folder = try RunFolder.create(at: nil, runsFolder: runsFolder, manifest: manifest, sources: sources)
    let recorder = try RunRecorder(folder: folder, manifest: manifest)
    try train(recorder)
    try recorder.finish(.complete)
    return folder.path
  }

  package func collect() throws -> RecordedSteps {
    let collector = StepCollector(inputsDigest: inputs.digest)
    try train(collector)
    return collector.recorded
  }

  package func golden(reason: String = "a test") throws -> GoldenFile {
    GoldenFile(
      header: GoldenHeader(script: scriptPath, inputs: inputs, reason: reason, date: "2026-01-02"),
      recorded: try collect())
  }
}

/// The error that the body throws, or nil.
package func runError(_ body: () throws -> Void) -> (any UserFacingError)? {
  do {
    try body()
    return nil
  } catch {
    return error as? any UserFacingError
  }
}

package func == <E: UserFacingError & Equatable>(left: (any UserFacingError)?, right: E) -> Bool {
  (left as? E).map { $0 == right } ?? false
}

/// Changes one digit of a metric's number in one line of a file (lines count from 1).
package func changeDigit(_ path: String, line: Int, metric: String) throws {
  var lines = String(decoding: try POSIXFile.read(path), as: UTF8.self).split(
    separator: "\n", omittingEmptySubsequences: false
  ).map(String.init)
  let text = lines[line - 1]
  guard let key = text.firstRange(of: "\"\(metric)\":") else { return }
  let end = text[key.upperBound...].firstIndex { $0 == "," || $0 == "}" } ?? text.endIndex
  let last = text.index(before: end)
  let digit = text[last] == "1" ? "2" : "1"
  lines[line - 1] = text[..<last] + digit + text[end...]
  try POSIXFile.writeAtomically(lines.joined(separator: "\n"), to: path)
}
