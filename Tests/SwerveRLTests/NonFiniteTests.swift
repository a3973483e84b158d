import SwerveModel
import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveRL

/// NaN and infinity in a run end it with an error that names the step and the tensor.
@Suite struct NonFiniteTests {
  /// What a run says when it ends, and the steps that it told before.
  private struct End {
    let text: String
    let steps: [Int]

    init(_ recorder: Recorder, _ body: () throws -> Void) {
      var text = "no error"
      do { try body() } catch { text = "\(error)" }
      self.text = text
      steps = recorder.steps.map(\.step)
    }
  }

  private static func poison(_ model: Transformer, _ tensor: String, at element: Int, _ value: Float) {
    guard let entry = model.layout.entry(tensor) else { preconditionFailure("no tensor \(tensor)") }
    model.update { $0[entry.offset + element] = value }
  }

  /// Weights that are all finite, and so are the logits, but the gradient of one matrix overflows: a norm of 5e37 in one channel
  /// meets values that are 0, whose projection has weights of a million.
  private static func makeGradientOverflow(_ model: Transformer) {
    for name in ["h.0.attn.c_attn.weight", "h.0.attn.c_attn.bias"] {
      let count = model.layout.entry(name)?.count ?? 0
      for i in 0..<count { poison(model, name, at: i, 0) }
    }
    for i in 0..<256 { poison(model, "h.0.attn.c_proj.weight", at: i, i % 2 == 0 ? 1e6 : -1e6) }
    poison(model, "h.0.ln_1.weight", at: 3, 5e37)
  }
}

/// Pre-training.
extension NonFiniteTests {
  private func preTrain(
    learningRate: @escaping (Int, Transformer) -> Float = { _, _ in 0.01 },
    change: (Transformer) -> Void = { _ in }
  ) throws -> End {
    let task = try AdditionTask(comfort: 1)
    // A context that no text fills: the last positions are never read.
    let configuration = try ModelConfiguration(
      layers: 1, heads: 2, width: 16, context: 2 * task.longestText(in: .comfort),
      vocabulary: task.tokenizer.vocabularySize)
    let model = randomModel(configuration, seed: 81)
    change(model)
    let plan = PretrainPlan(
      name: "pre", source: .fresh, model: configuration, task: task, steps: 4, batch: 4,
      learningRate: Schedule { step, _ in learningRate(step, model) }, optimizer: AdamW.Options(),
      randomPositions: false, evaluation: nil)
    let recorder = Recorder()
    return End(recorder) {
      try withPool(threads: 2) { pool in
        try PreTraining(plan, model: model, pool: pool, seed: 1, clock: { 0 }).run(recorder)
      }
    }
  }

  @Test func endsAnUntouchedPreTrainingWithoutError() throws {
    let end = try preTrain()
    #expect(end.text == "no error" && end.steps == [1, 2, 3, 4])
  }

  @Test(arguments: nonFiniteFloats, ["wte.weight", "wpe.weight", "h.0.ln_2.bias", "h.0.mlp.c_fc.weight"])
  func endsPreTrainingAtAWeightThatIsNotFinite(value: Float, tensor: String) throws {
    // Of wpe, a position that no text reaches: the loss never shows it.
    let element = tensor == "wpe.weight" ? 16 * 50 : 5
    let end = try preTrain(change: { Self.poison($0, tensor, at: element, value) })
    #expect(
      end.text.hasPrefix("stage pre, before step 1: \(tensor) of the model at element \(element) is \(value)"))
    #expect(end.steps.isEmpty)
    let later = try preTrain(learningRate: { step, model in
      if step == 3 { Self.poison(model, tensor, at: element, value) }
      return 0.01
    })
    #expect(later.text.hasPrefix("stage pre, step 3: \(tensor) of the model at element \(element) is"), "\(later.text)")
    #expect(later.steps == [1, 2])
  }

  @Test func endsPreTrainingAtAGradientThatOverflows() throws {
    let end = try preTrain(change: Self.makeGradientOverflow)
    #expect(end.text.hasPrefix("stage pre, step 1: the gradient of h.0.attn.c_attn.weight at element "), "\(end.text)")
    #expect(end.text.contains("inf") && end.steps.isEmpty)
  }

  /// Clipping would turn it into a gradient of 0 and training would stand still.
  @Test func endsPreTrainingAtAGradientWhoseNormOverflows() throws {
    let end = try preTrain(change: { model in
      for row in 0..<(model.layout.entry("wte.weight")?.shape[0] ?? 0) {
        Self.poison(model, "wte.weight", at: 16 * row + 7, 1e-25)
      }
      Self.poison(model, "ln_f.weight", at: 7, 1e25)
    })
    #expect(
      end.text.hasPrefix("stage pre, step 1: the norm of the gradient is inf, as the gradient of wte.weight"),
      "\(end.text)")
    #expect(end.steps.isEmpty)
  }

  @Test func endsPreTrainingAtAStepThatOverflows() throws {
    let end = try preTrain(learningRate: { step, _ in step == 2 ? .greatestFiniteMagnitude : 0.01 })
    #expect(end.text.hasPrefix("stage pre, step 2: wte.weight of the model at element 0 is "), "\(end.text)")
    #expect(end.steps == [1])
  }
}

/// Fine-tuning.
extension NonFiniteTests {
  private func fineTune(
    _ change: (LoopFixture, inout FinetunePlan) -> Void
  ) throws -> End {
    let fixture = try LoopFixture(seed: 82)
    var plan = fixture.plan()
    plan.evaluation = nil
    change(fixture, &plan)
    let recorder = Recorder()
    return End(recorder) {
      try withPool(threads: 2) { pool in
        try FineTuning(
          plan, policy: fixture.policy, reference: fixture.reference, pool: pool, seed: 1, clock: { 0 }
        ).run(recorder)
      }
    }
  }

  @Test(arguments: nonFiniteFloats)
  func endsFineTuningAtAWeightThatIsNotFinite(value: Float) throws {
    let policy = try fineTune { fixture, _ in Self.poison(fixture.policy, "value.1.weight", at: 2, value) }
    #expect(
      policy.text.hasPrefix(
        "stage tune, before step 1: value.1.weight of the policy at element 2 is \(value)"))
    let reference = try fineTune { fixture, _ in Self.poison(fixture.reference, "ln_f.bias", at: 1, value) }
    #expect(
      reference.text.hasPrefix(
        "stage tune, before step 1: ln_f.bias of the reference at element 1 is \(value)"))
    #expect(policy.steps.isEmpty && reference.steps.isEmpty)
  }

  /// The policy breaks between updates: sampling meets it first, or, in the critic, the gradient.
  @Test(arguments: [
    ("h.0.mlp.c_fc.weight", "step 2, episode 0: after 0 tokens the logit of token 0 is nan"),
    ("value.0.weight", "stage tune, step 2: value.0.weight of the model at element 4 is nan"),
  ])
  func endsFineTuningAtAWeightThatBreaksLater(tensor: String, text: String) throws {
    let end = try fineTune { fixture, plan in
      plan.learningRate = Schedule { step, _ in
        if step == 2 { Self.poison(fixture.policy, tensor, at: 4, .nan) }
        return 0.01
      }
    }
    #expect(end.text.hasPrefix(text), "\(end.text)")
    #expect(end.text.contains("\(tensor)") && end.text.contains("at element 4 is nan"), "\(end.text)")
    #expect(end.steps == [1])
  }

  @Test func endsFineTuningAtAGradientThatOverflows() throws {
    let end = try fineTune { fixture, _ in Self.makeGradientOverflow(fixture.policy) }
    #expect(end.text.hasPrefix("stage tune, step 1: the gradient of h.0.attn.c_attn.weight at element "), "\(end.text)")
  }

  /// The slope of a square root at 0, times 0.
  @Test func endsFineTuningAtALossWhoseGradientIsNaN() throws {
    let end = try fineTune { _, plan in
      plan.objective = ClosureObjective { columns, coefficients, step in
        let loss = try a2c.loss(columns, coefficients: coefficients, step: step)
        if step == 1 { return loss }
        let value = try columns.required("value")
        return LossValue(total: try loss.total.add(value.sub(value.detach()).square().sqrt().mean()), parts: loss.parts)
      }
    }
    #expect(end.text.hasPrefix("stage tune, step 2: the gradient of wte.weight at element 0 is nan"), "\(end.text)")
    #expect(end.steps == [1])
  }

  @Test(arguments: nonFiniteFloats)
  func endsFineTuningAtALossThatIsNotFinite(value: Float) throws {
    let end = try fineTune { _, plan in
      plan.objective = ClosureObjective { columns, coefficients, step in
        let loss = try a2c.loss(columns, coefficients: coefficients, step: step)
        return LossValue(total: try loss.total.add(.scalar(value)), parts: loss.parts)
      }
    }
    #expect(end.text.hasPrefix("stage tune, step 1: the loss is \(value), with a finite gradient"), "\(end.text)")
    #expect(end.steps.isEmpty)
  }
}
