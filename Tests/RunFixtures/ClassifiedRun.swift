import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveRuns
import SwerveText

/// A run whose stage classifies: two rules, one set, one evaluation.
package struct ClassifiedRun {
  package var seed: UInt64
  package var loss: String
  package var labels = ["animal", "plant", "dog", "cat", "oak"]
  package var parents: [Int?] = [nil, nil, 0, 0, 1]
  package var accuracy: Float
  /// Without what earlier versions did not record.
  package var isOld: Bool

  package init(seed: UInt64 = 1, loss: String = "csoft", accuracy: Float = 0.75, isOld: Bool = false) {
    (self.seed, self.loss, self.accuracy, self.isOld) = (seed, loss, accuracy, isOld)
  }

  private static func metrics(_ accuracy: Float) -> [Metric] {
    let rules = [("leaf", accuracy), ("hf_beta", accuracy - 0.125)]
    return [Metric("loss", 0.5)]
      + rules.flatMap { rule, value in
        [
          Metric("micro_f1/test/\(rule)", value), Metric("macro_f1_all/test/\(rule)", value),
          Metric("hamming_loss/test/\(rule)", 1 - value), Metric("hp/test/\(rule)", value),
          Metric("hr/test/\(rule)", value), Metric("hf1/test/\(rule)", value),
          Metric("hf1_per_document/test/\(rule)", value), Metric("depth_accuracy/test/\(rule)/1", 0.875),
          Metric("depth_accuracy/test/\(rule)/2", value), Metric("leaf_accuracy/test/\(rule)", value),
          Metric("leaf_macro_f1_present/test/\(rule)", nil),
        ]
      } + [Metric("hf1_auc/test", 0.9)]
  }

  /// - Returns: the path of the run.
  package func record(in folder: String) throws -> String {
    var fake = FakeRun(seed: seed)
    fake.options = ["loss": .string(loss)]
    fake.plan = [StageInfo(name: "classify", kind: "classify", steps: 1, task: "Root")]
    let run = try RunFolder.create(at: nil, runsFolder: folder, manifest: fake.manifest, sources: fake.sources)
    let recorder = try RunRecorder(folder: run, manifest: fake.manifest)
    try recorder.stageWillStart(fake.plan[0])
    if !isOld {
      try recorder.didRead(
        ClassificationInput(
          texts: [ClassificationInput.Texts(set: "training", documents: 9, cut: 0)], limit: 8,
          labels: labels.map { ExactString($0) }, parents: parents),
        stage: "classify")
      try recorder.didClassify(details, stage: "classify", step: 1)
    }
    try FakeRun.withTensors([1, 2, 3, 4]) { weights in
      try recorder.stepDidEnd(
        StepRecord(
          stage: "classify", step: 1, metrics: Self.metrics(accuracy), notCompared: [], weights: weights))
      try recorder.stageDidEnd(fake.plan[0], metadata: [("alphabet", "a")], weights: weights)
    }
    try recorder.finish(.complete)
    return run.path
  }

  private var details: ClassificationDetails {
    let curve = ThresholdCurve.thresholds.enumerated().map { index, threshold in
      ThresholdCurve.Point(threshold: threshold, predictions: 80 - index, hits: 32 - index / 4)
    }
    func rule(_ name: String) -> ClassificationDetails.Rule {
      ClassificationDetails.Rule(
        name: name, intervals: [.init(metric: "leaf_accuracy", low: 0.5, high: 0.875)],
        predictions: [10, 6, 6, 4, 6], hits: [9, 5, 4, 3, 5],
        confusions: [SiblingConfusion(pair: SiblingConfusion.Pair(truth: 2, prediction: 3), count: 2)],
        confusedPairs: 1)
    }
    return ClassificationDetails(
      set: "test", documents: 16, withDepth: [16, 16], withLeaf: 16, truths: [10, 6, 7, 3, 6], curve: curve,
      rules: [rule("leaf"), rule("hf_beta")])
  }
}
