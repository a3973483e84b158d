import Testing

@testable import SwerveScript

@Suite struct ScheduleCurveTests {
  private func curves(_ lr: String, steps: Int = 10, more: String = "") throws -> [ScheduleCurve] {
    let text = """
      local reference = swerve.pretrain {
        model = { layers = 1, heads = 1, width = 4, context = 400 }, task = task, steps = \(steps), lr = \(lr),
      }
      \(more.isEmpty ? "return reference" : more)
      """
    return try load(text).curves()
  }

  @Test func drawsEveryStep() throws {
    let curve = try curves("function(step) return step * 0.5 end")[0]
    #expect(curve.option == "lr" && curve.stage == "pretrain" && curve.steps == 10)
    #expect(curve.points.map(\.step) == Array(1...10))
    #expect(curve.points.map(\.value) == (1...10).map { Float($0) * 0.5 })
    #expect(!curve.isConstant && curve.asked.isEmpty && curve.needsMetricsFrom == nil)
  }

  @Test func marksANumberAsConstant() throws {
    #expect(try curves("1e-3")[0].isConstant)
    #expect(try curves("anneal.constant { value = 1 }")[0].isConstant)
  }

  @Test func drawsEveryScheduleOfAStage() throws {
    let names = try curves(
      "1e-3",
      more: """
        return swerve.finetune {
          from = reference, task = task, updates = 4, lr = 1e-4, critic = { lr = 1e-3 },
          loss = function(t) return t.logp:sum() end, coefficients = { clip = anneal.linear { from = 1, to = 2, steps = 4 } },
          kl = { coef = 1, rule = rules.certainty { alpha = anneal.linear { from = 0, to = 20, steps = 4 } } },
        }
        """
    )
    #expect(
      names.map(\.option) == [
        "lr", "lr", "critic.lr", "temperature", "vf", "entropy", "kl.coef", "kl.rule.alpha", "coefficients.clip",
      ])
    #expect(names.first { $0.option == "kl.rule.alpha" }?.points.last?.value == 20)
  }

  @Test func drawsAScheduleThatAsksForMetricsWithoutThem() throws {
    let curve = try curves("anneal.plateau { start = 0.5, metric = \"loss\" }")[0]
    #expect(curve.asked == ["loss"] && curve.needsMetricsFrom == nil)
    #expect(curve.points.count == 10 && curve.points.allSatisfy { $0.value == 0.5 })
    #expect(!curve.isConstant)
  }

  @Test func endsACurveWhereItsScheduleNeedsMetrics() throws {
    let curve = try curves("function(step, m) return step < 4 and 1 or m.loss * 2 end")[0]
    #expect(curve.points.map(\.step) == [1, 2, 3])
    #expect(curve.needsMetricsFrom == 4 && curve.asked == ["loss"])
  }

  @Test func reportsAnErrorOfTheScheduleAtTheScriptsLine() throws {
    let wrong = failure { _ = try curves("function(step) return step < 3 and 1 or 'x' end") }
    #expect(
      wrong?.description
        == "examples/test.lua:3: option 'lr' of stage 'pretrain' at step 3 must be a number at least 0, got \"x\" (string)"
    )
    // A run has no metrics before step 1, so this can't work.
    let first = failure { _ = try curves("function(step, m) return m.loss * 2 end") }
    #expect(first?.description.hasPrefix("examples/test.lua:3: option 'lr' of stage 'pretrain' at step 1: ") == true)
  }

  @Test func thinsOutALongStageButKeepsItsEnds() throws {
    let curve = try curves("function(step) return step end", steps: 1_000_000)[0]
    #expect(curve.points.count <= ScheduleCurve.mostPoints + 1 && curve.stride == 50)
    #expect(curve.points.first?.step == 1 && curve.points.last?.step == 1_000_000)
  }

  @Test func leavesTheExperimentUnchanged() throws {
    let experiment = try load(
      """
      return swerve.pretrain {
        model = { layers = 1, heads = 1, width = 4, context = 400 }, task = task, steps = 5,
        lr = function(step, m) return m.loss or 3 end,
      }
      """)
    _ = try experiment.curves()
    let plan = try #require(experiment.pretrainPlan)
    #expect(try plan.learningRate.value(2, [.init("loss", 7)]) == 7)
  }
}
