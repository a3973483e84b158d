import RunFixtures
import SwerveRL
import SwerveTestSupport
import Testing

@testable import SwerveFiles
@testable import SwerveRecords
@testable import SwerveReports

/// What the evaluations of a stage say, by the names of what they measured.
@Suite struct StageEvaluationTests {
  private func stage(steps: Int = 4, greedy: Bool = false, temperature: Float? = nil) -> StageInfo {
    let sets = [
      EvaluationInfo.ProblemCount(set: "near", episodes: 8), EvaluationInfo.ProblemCount(set: "far", episodes: 16),
    ]
    return StageInfo(
      name: "rl", kind: "finetune", steps: steps,
      evaluation: EvaluationInfo(sets: sets, greedy: greedy, temperature: temperature))
  }

  private func line(_ step: Int, _ metrics: KeyValuePairs<String, Float?>) -> StepLine {
    StepLine(stage: "rl", step: step, metrics: metrics.map { Metric($0.key, $0.value) }, weights: "w\(step)")
  }

  @Test func listsValuesUnderTheirOwnNames() {
    let evaluation = StageEvaluation(
      stage(),
      [
        line(0, ["success/near": 0.25, "critical/near/comma": nil]),
        StepLine(stage: "other", step: 1, metrics: [Metric("success/near", 1)], weights: "x"),
        line(2, ["loss": 3, "success/far": 0.5, "success/near": 0.5]),
        line(4, ["loss": 2, "success/far": 0.75, "critical/near/comma": 0.125, "success/train": 0.1]),
      ])
    #expect(evaluation.metrics == ["success/near", "critical/near/comma", "success/far"])
    #expect(evaluation.text(before: "success/near") == "0.250 [0.07, 0.59]")
    #expect(evaluation.text(after: "success/near") == "-", "the last evaluation did not measure it")
    #expect(evaluation.text(before: "success/far") == "-")
    #expect(evaluation.text(after: "success/far") == "0.750 [0.51, 0.90]")
    #expect(evaluation.before("critical/near/comma") == nil)
    #expect(evaluation.text(after: "critical/near/comma") == "0.125", "no rate, so no interval")
    #expect(evaluation.json["metrics"]?["success/near"]?["after"] == .null)
    #expect(evaluation.json["metrics"]?["success/far"]?["after_step"] == 4)
    #expect(evaluation.json["metrics"]?["success/far"]?["episodes"] == 16)
  }

  @Test func showsTheEvaluationOfTheStepThatIsKept() {
    func keeping(steps: Int) -> StageInfo {
      StageInfo(
        name: "rl", kind: "finetune", steps: steps, evaluation: stage().evaluation,
        best: BestMetric("success/near"))
    }
    let lines = [
      line(0, ["success/near": 1]), line(2, ["success/near": 0.75]), line(4, ["success/near": 0.75]),
      StepLine(stage: "rl", step: 6, metrics: [Metric("success/near", 0.25)], weights: "w6", stopped: "worse"),
    ]
    let stopped = StageEvaluation(keeping(steps: 8), lines)
    #expect(stopped.after("success/near")?.step == 2 && stopped.end("success/near") == 0.75)
    // A stage that goes on has its last weights, and so has one that ends early without keeping its best step.
    let going = StageEvaluation(keeping(steps: 8), Array(lines.prefix(3)))
    #expect(going.after("success/near")?.step == 4 && going.end("success/near") == nil)
    #expect(StageEvaluation(stage(steps: 8), lines).end("success/near") == 0.25)
  }

  @Test func showsNoValueAfterAStoppedStageOrItsStep() {
    let steps = [line(0, ["success/near": 0.25]), line(1, ["loss": 1]), line(2, ["loss": 1, "success/near": 0.5])]
    let early = StageEvaluation(stage(), Array(steps.prefix(2)))
    #expect(early.text(before: "success/near") == "0.250 [0.07, 0.59]" && early.text(after: "success/near") == "-")
    #expect(early.after("success/near") == nil && early.end("success/near") == nil)
    #expect(early.json["metrics"]?["success/near"]?["after"] == .null)
    let later = StageEvaluation(stage(), steps)
    #expect(later.text(after: "success/near") == "0.500 [0.22, 0.78] (step 2)" && later.end("success/near") == nil)
    let whole = StageEvaluation(stage(steps: 2), steps)
    #expect(whole.text(after: "success/near") == "0.500 [0.22, 0.78]" && whole.end("success/near") == 0.5)
    // An early record, from before stages were evaluated before their first step.
    let only = StageEvaluation(stage(steps: 2), [line(1, ["loss": 1]), line(2, ["success/near": 0.5])])
    #expect(only.text(before: "success/near") == "-" && only.text(after: "success/near") == "0.500 [0.22, 0.78]")
  }

  @Test func takesTheModeFromThePlanOrTheSteps() {
    let annealed = [
      line(0, ["success/near": 0]), line(1, ["temperature": 1]), line(4, ["temperature": 0.5, "success/near": 0]),
    ]
    #expect(StageEvaluation(stage(), annealed).mode == "sampled at temperature 1 before, 0.5 after")
    #expect(StageEvaluation(stage(temperature: 0.7), annealed).mode == "sampled at temperature 0.7")
    #expect(StageEvaluation(stage(greedy: true), annealed).mode == "greedy")
    #expect(StageEvaluation(stage(greedy: true), annealed).temperatureAfter == nil)
    #expect(StageEvaluation(stage(), Array(annealed.prefix(2))).mode == "sampled at temperature 1")
    #expect(StageEvaluation(stage(), []).mode == "sampled")
    let early = StageEvaluation(StageInfo(name: "rl", kind: "finetune", steps: 4), annealed)
    #expect(early.mode == nil)
    #expect(early.text(after: "success/near") == "0.000", "no interval without a number of episodes")
  }

  @Test func readsEvaluationsFromTheManifest() throws {
    let temporary = try TemporaryFolder()
    var fake = FakeRun()
    fake.plan = [stage(greedy: true), StageInfo(name: "second", kind: "finetune", steps: 1)]
    fake.plan.append(
      StageInfo(
        name: "third", kind: "pretrain", steps: 1,
        evaluation: EvaluationInfo(sets: [], greedy: false, temperature: 0.3)))
    let path = temporary.file("manifest.json")
    try POSIXFile.writeAtomically(fake.manifest.json.pretty(), to: path)
    let read = try Manifest.read(path)
    #expect(read.stages.map(\.evaluation) == fake.plan.map(\.evaluation))
    #expect(read.inputs.digest == FakeRun().inputs.digest, "what an evaluation is follows from the inputs")
    for (old, new) in [("\"greedy\"", "\"greedily\""), ("0.3", "\"warm\""), (": 16", ": -1")] {
      let text = try temporary.text("manifest.json")
      #expect(text.contains(old))
      try POSIXFile.writeAtomically(text.replacing(old, with: new), to: path)
      #expect(throws: FileError.self) { try Manifest.read(path) }
      try POSIXFile.writeAtomically(text, to: path)
    }
  }
}
