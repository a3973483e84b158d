import SwerveModel
import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveRL

/// Windows of a stream of texts, and single texts.
@Suite struct TrainingRowTests {
  /// Texts of one letter each, "a." to "cccccc.", so that a window shows where its texts begin.
  private struct LetterTask: Task {
    let name = "letters"
    let tokenizer: any Tokenizer
    let pad: String? = nil
    let problemSets = [ProblemSet.training]
    let longestTrainingText = 7
    static let lengths = [2, 4, 7]

    init() throws { tokenizer = try CharacterTokenizer(alphabet: "abc.") }

    func problem(in set: ProblemSet, using cursor: inout RandomCursor) throws -> any Problem {
      throw TaskError("letters are no problems")
    }

    func trainingText(using cursor: inout RandomCursor) throws -> TrainingText {
      let kind = cursor.below(3)
      let letters = String(repeating: ["a", "b", "c"][kind], count: Self.lengths[kind] - 1)
      return TrainingText(prompt: letters, solution: ".")
    }

    func longestText(in set: ProblemSet) -> Int { longestTrainingText }
  }

  private let stream = RandomStream(seed: 41, purpose: "test/rows")

  private func draw(_ windows: Int?, row: Int) throws -> TrainingRow {
    var cursor = stream.cursor(step: 3, row: row)
    return try TrainingRows(task: LetterTask(), windows: windows).draw(using: &cursor)
  }

  @Test func aRowWithoutWindowsIsOneWholeText() throws {
    let task = try LetterTask()
    for row in 0..<20 {
      var cursor = stream.cursor(step: 3, row: row)
      let text = try task.trainingText(using: &cursor)
      let found = try draw(nil, row: row)
      #expect(found.texts == [text])
      #expect(try found.tokens == task.tokenizer.encode(text.text))
    }
  }

  @Test(arguments: [1, 2, 5, 7, 30])
  func aWindowIsAPartOfItsTextsOneBehindTheOther(length: Int) throws {
    let task = try LetterTask()
    for row in 0..<200 {
      let found = try draw(length, row: row)
      #expect(found.tokens.count == length + 1, "the last token is only predicted")
      let all = try task.tokenizer.encode(found.texts.map(\.text).joined())
      let first = found.texts[0].text.count
      // It starts within its first text and ends within its last one.
      let starts = (0..<first).filter { start in
        start + length + 1 <= all.count && Array(all[start..<start + length + 1]) == found.tokens
          && start + length + 1 > all.count - found.texts.last!.text.count
      }
      #expect(!starts.isEmpty, "row \(row): \(found)")
    }
  }

  /// The twin: one long stream, and windows at places that are all equally likely.
  @Test func windowsAreThoseOfOneLongStream() throws {
    let (task, length, count) = (try LetterTask(), 3, 30_000)
    var corpus: [Int32] = []
    var draws = RandomStream(seed: 42, purpose: "test/corpus").cursor(step: 0, row: 0)
    while corpus.count < 300_000 { corpus += try task.tokenizer.encode(task.trainingText(using: &draws).text) }
    var expected: [[Int32]: Double] = [:]
    for place in 0..<corpus.count - length { expected[Array(corpus[place...place + length]), default: 0] += 1 }
    var found: [[Int32]: Double] = [:]
    for row in 0..<count { found[try draw(length, row: row).tokens, default: 0] += 1 }
    #expect(found.count > 20, "of \(expected.count) windows that the stream has")
    for (window, times) in found {
      let share = try #require(expected[window], "\(window) is in no stream") / Double(corpus.count - length)
      // Five standard deviations of a binomial count, seeds 41 and 42; the stream's own share varies by less.
      let spread = (Double(count) * share * (1 - share)).squareRoot()
      #expect(abs(times - Double(count) * share) < 5 * spread + 20, "\(window)")
    }
  }

  private func plan(_ windows: Int?) throws -> (PretrainPlan, ModelConfiguration) {
    let task = try AdditionTask(comfort: 1, lengths: .balanced)
    let model = try ModelConfiguration(
      layers: 1, heads: 2, width: 16, context: 150, vocabulary: task.tokenizer.vocabularySize)
    var plan = PretrainPlan(
      name: "pre", source: .fresh, model: model, task: task, steps: 3, batch: 4, learningRate: .constant(0.01),
      optimizer: AdamW.Options(), randomPositions: true, evaluation: nil)
    plan.windows = windows
    return (plan, model)
  }

  private func run(_ windows: Int?, threads: Int) throws -> Recorder {
    let (plan, model) = try plan(windows)
    let recorder = Recorder()
    try withPool(threads: threads) { pool in
      try PreTraining(plan, model: randomModel(model, seed: 63), pool: pool, seed: 1, clock: { 0 }).run(recorder)
    }
    return recorder
  }

  @Test func trainsOnEveryTokenOfItsWindows() throws {
    let steps = try run(120, threads: 1).steps.filter { $0.step > 0 }
    #expect(steps.map { $0.metrics.first { $0.name == "tokens" }?.value } == [480, 480, 480])
    #expect(try run(120, threads: 1).difference(from: run(120, threads: 3)) == nil)
    #expect(try run(120, threads: 1).difference(from: run(119, threads: 1)) != nil)
  }

  @Test func needsAContextThatHoldsAWindow() throws {
    let (plan, _) = try plan(120)
    try plan.requireRoom(in: 120)
    #expect {
      try plan.requireRoom(in: 119)
    } throws: { error in
      let error = error as? TextTooLong
      return error?.message == "stage 'pre': a window reads 120 tokens, but the model's context is 119"
        && error?.hint == "lower `windows` or use a model with a longer context"
    }
  }

  @Test func countsItsTokensAndTheTextsThatItShows() throws {
    var (plan, _) = try plan(500)
    #expect(try plan.cost(seed: 1).trained == 3 * 4 * 500)
    #expect(plan.stepSummary == "4 windows of 500 tokens")
    plan.evaluation = EvaluationPlan(every: 1, sets: [(.comfort, 2)], greedy: true)
    let found = try #require(try plan.overlaps(seed: 1).first)
    // 12 windows of 500 tokens, texts of 103 to 107 characters.
    #expect(found.compared == found.drawn && (50...80).contains(found.compared))
    plan.steps = 10_000
    let long = try #require(try plan.overlaps(seed: 1).first)
    #expect(long.drawn == nil && (10_000...10_006).contains(long.compared))
  }

  @Test func hasCacheFactsOfItsOwn() throws {
    let names = try [plan(nil).0, plan(120).0].map { plan in plan.cacheFacts?.facts.map(\.name) ?? [] }
    #expect(!names[0].contains("windows") && names[1] == names[0] + ["windows"])
  }
}
