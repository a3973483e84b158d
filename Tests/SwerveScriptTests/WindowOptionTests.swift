import SwerveModel
import SwerveRL
import SwerveTensor
import Testing

@testable import SwerveScript

/// The option `windows` of pre-training and the option `lengths` of additions, from scripts.
@Suite struct WindowOptionTests {
  private func pretrain(_ more: String, task: String = "comfort = 2") -> String {
    """
    return swerve.pretrain {
      model = { layers = 1, heads = 1, width = 4, context = 200 }, task = swerve.tasks.addition { \(task) },
      steps = 3, batch = 2, lr = 1e-3, \(more)
    }
    """
  }

  @Test func trainsOnWindowsOfAStream() throws {
    let record = try train(pretrain("windows = 150"))
    #expect((1...3).map { record.value("tokens", stage: "pretrain", step: $0) } == [300, 300, 300])
    #expect(try train(pretrain("windows = 150")).weights == record.weights)
    #expect(try train(pretrain("")).weights != record.weights)
  }

  /// A script's own texts, of which a window shows several.
  @Test func drawsTheTextsOfATaskInLua() throws {
    let record = try train(
      """
      local calls = 0
      local task = swerve.tasks.custom { alphabet = "ab.", stop = ".", longest_prompt = 4, limit = 4,
        prompt = function() return "a" end, reward = function() return 0 end,
        text = function(rng) return ("ab"):rep(rng:within(1, 3)) .. "." end }
      return swerve.pretrain { model = { layers = 1, heads = 1, width = 4, context = 32 }, task = task, steps = 2,
        batch = 3, lr = 1e-3, windows = 32 }
      """)
    #expect((1...2).map { record.value("tokens", stage: "pretrain", step: $0) } == [96, 96])
  }

  @Test func rejectsWindowsThatAreTooSmallOrNoNumber() {
    let range = "option 'windows' must be a whole number in [2, 65536], got"
    #expect(failure(pretrain("windows = 1"))?.message.contains("\(range) 1 (number)") == true)
    #expect(failure(pretrain("windows = true"))?.message.contains("\(range) true (boolean)") == true)
  }

  @Test func evaluatesSumsOfOneSize() throws {
    let record = try train(
      pretrain("windows = 150, eval = { every = 3, sets = { both1 = 2, first2 = 2 } }", task: "comfort = 1"))
    #expect(record.value("success/both1", stage: "pretrain", step: 3) != nil)
    #expect(record.value("success/first2", stage: "pretrain", step: 3) != nil)
  }

  @Test func namesTheSetsAndTheWaysToDrawLengths() {
    let unknown = failure(pretrain("eval = { every = 1, sets = { bth3 = 1 } }"))
    #expect(
      unknown?.message.contains("unknown problem set 'bth3' in option 'eval.sets'; did you mean 'both3'?") == true)
    #expect(
      unknown?.hint
        == "task 'addition' has training, comfort, plus1, ..., plus13, both1, ..., both15, first2, ..., first15")
    let lengths = failure(pretrain("", task: "comfort = 2, lengths = 'balance'"))
    #expect(lengths?.message.contains("did you mean 'balanced'?") == true)
  }
}
