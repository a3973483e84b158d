import SwerveModel
import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveRL

/// Doubling a letter, with tokens that hold two characters or half of one: "é>" is to be answered with "éé.".
struct PieceTask: Task {
  let name = "pieces"
  let tokenizer: any Tokenizer = PieceTokenizer(["é>", "ab", "b>", ".b", ">", "."])
  let pad: String? = nil
  let problemSets = [ProblemSet.training]
  let criticalGroups = ["second"]
  let longestTrainingText = 9

  func problem(in set: ProblemSet, using cursor: inout RandomCursor) throws -> any Problem {
    PieceProblem(letter: ["a", "b", "é"][cursor.below(3)])
  }

  func trainingText(using cursor: inout RandomCursor) throws -> TrainingText {
    let problem = try problem(in: .training, using: &cursor)
    return TrainingText(prompt: problem.prompt, solution: problem.solution ?? "")
  }

  func longestText(in set: ProblemSet) -> Int { 9 }
}

struct PieceProblem: Problem {
  let letter: String
  let episodeLimit = 6
  var prompt: String { letter + ">" }
  var solution: String? { letter + letter + "." }

  func makeEpisodeEnd() -> any EpisodeEnd { TextEnd(".", reason: .answered, limit: episodeLimit) }

  func reward(generated: String) -> Float { generated == solution ? 1 : -1 }

  /// The second character.
  func criticalTokens(generated: String) -> [CriticalToken] {
    guard let right = letter.unicodeScalars.first, generated.unicodeScalars.count > 1 else { return [] }
    return [CriticalToken(offset: 1, character: right, group: "second", name: "second")]
  }
}

/// Training, ends of episodes and critical tokens where a token is no character.
@Suite struct PieceTaskTests {
  private let task = PieceTask()
  private let tokenizer: any Tokenizer
  private let policy: Transformer
  private let reference: Transformer

  init() throws {
    tokenizer = task.tokenizer
    var configuration = try ModelConfiguration(
      layers: 1, heads: 2, width: 16, context: 12, vocabulary: tokenizer.vocabularySize)
    reference = randomModel(configuration, seed: 5, standardDeviation: 0.4)
    configuration.valueHeadWidth = 6
    policy = randomModel(configuration, seed: 6, standardDeviation: 0.4)
    _ = policy.load(from: reference)
  }

  private func episodes(_ letter: String, _ answers: [[String]]) throws -> Episodes {
    let problem = PieceProblem(letter: letter)
    let generated = try answers.map { pieces in try pieces.flatMap { try tokenizer.encode($0) } }
    return Episodes(
      tokenizer: tokenizer, problems: answers.map { _ in problem },
      prompts: try answers.map { _ in try tokenizer.encode(problem.prompt) }, generated: generated,
      answers: generated.map { problem.answer($0, tokenizer) }, rewards: answers.map { _ in 0 },
      successes: answers.map { _ in false })
  }

  @Test func endsAnAnswerWithinTheTokenThatCompletesIt() throws {
    let problem = PieceProblem(letter: "b")
    let tokens = try tokenizer.encode("bb.b")
    #expect(tokens.count == 3, "the last token is .b")
    #expect(problem.ending(of: tokens, tokenizer) == EpisodeEnding(.answered, excess: 1))
    #expect(problem.answer(tokens, tokenizer) == "bb." && problem.reward(generated: "bb.") == 1)
    #expect(problem.ending(of: Array(tokens.dropLast()), tokenizer) == nil)
    // Six tokens are the limit, whatever they hold.
    #expect(problem.ending(of: try tokenizer.encode("abababababab"), tokenizer) == EpisodeEnding(.limit))
    #expect(try episodes("b", [["bb.b"], ["bb"], ["abababababab"]]).truncated == [false, true, true])
  }

  @Test func findsACriticalCharacterInItsToken() throws {
    let found = try episodes("b", [["ab", "b"], ["a", "b>"], ["é", "é"]]).criticalProbes().map { $0[0] }
    #expect(found.map(\.index) == [0, 1, 2])
    func texts(_ probe: CriticalProbe) -> [String] { probe.right.map { tokenizer.text(of: $0) } }
    // In the middle of its token, what goes on right is what begins as the token does.
    #expect(texts(found[0]) == ["ab"])
    #expect(texts(found[1]) == ["b>", "b"])
    let second = try episodes("é", [["a", "é>"]]).criticalProbes()[0][0]
    #expect(second.index == 1 && texts(second) == ["é>"])
    #expect(try episodes("b", [["ab", "b"]]).criticalProbes()[0].marks(count: 2) == [1, 0])
  }

  @Test func marksAMistakeAtTheTokenOfTheFirstWrongCharacter() throws {
    // "éb": é has two tokens, its half is none for itself; "ab" is right in its first character.
    #expect(try episodes("é", [["é", "b"]]).mistakes == [0, 0, 1])
    #expect(try episodes("a", [["ab", "."]]).mistakes == [1, 0])
    #expect(try episodes("b", [["bb", ".b"]]).mistakes == [0, 0, 0])
  }

  @Test func showsWhatATokenHoldsOfTheAnswer() throws {
    let episodes = try episodes("é", [["é", "é", ".b"]])
    #expect(episodes.answers == ["éé."])
    #expect(episodes.texts(ofRow: 0) == ["é", "", "é", "", "."])
    let columns = TokenColumns(
      layout: episodes.layout, tokens: episodes.generated[0], tokenizer: tokenizer, names: []
    ) { _ in nil }
    #expect(columns.text(0) == "\\xC3" && columns.text(4) == ".b" && columns.text(0..<2) == "é")
  }

  private func tuning() -> FinetunePlan {
    FinetunePlan(
      name: "tune", source: .stage("base"), task: task, objective: a2c, updates: 2, episodes: 12, minibatch: 4,
      temperature: .constant(1), learningRate: .constant(0.01), valueCoefficient: .constant(0.1),
      entropyCoefficient: .constant(0.01),
      kl: KLPlan(
        coefficient: .constant(0.5), estimator: .k2, location: .loss, certaintyTemperature: 2,
        certainty: .negentropyMaxProb, rule: noisyCertainty),
      optimizer: AdamW.Options(), evaluation: EvaluationPlan(every: 1, sets: [(.training, 9)], greedy: false))
  }

  private func training(steps: Int) throws -> PretrainPlan {
    var evaluation = EvaluationPlan(every: 50, sets: [(.training, 30)], greedy: true)
    evaluation.samples = 30
    return PretrainPlan(
      name: "base", source: .fresh, model: reference.configuration, task: task, steps: steps, batch: 16,
      learningRate: .constant(0.02), optimizer: AdamW.Options(), randomPositions: false, evaluation: evaluation)
  }

  private func run(_ stages: [any Stage], threads: Int = 1) throws -> Recorder {
    let recorder = Recorder()
    try withPool(threads: threads) { pool in
      try ExperimentRun(
        ExperimentPlan(name: "test", stages: stages), seed: 3, mode: .exact, pool: pool, clock: { 0 },
        loader: { _ in throw ModelError("no checkpoint is read here") }
      ).run(recorder)
    }
    return recorder
  }

  @Test func learnsATaskWhoseTokensAreNoCharacters() throws {
    let recorder = try run([try training(steps: 100), tuning()])
    func last(_ name: String, _ step: Int) -> Float? {
      recorder.steps.filter { $0.step == step }.last?.metrics.first { $0.name == name }?.value ?? nil
    }
    #expect(last("success/training", 100) == 1)
    #expect(try #require(last("critical/training/second", 2)) > 0.5)
    #expect(recorder.samples.contains { $0.answer == "éé." })
    for sample in recorder.samples where !sample.tokens.weights.isEmpty {
      #expect(sample.tokens.texts.joined() == sample.answer && sample.tokens.texts.count == sample.tokens.weights.count)
    }
    #expect(recorder.difference(from: try run([try training(steps: 100), tuning()], threads: 3)) == nil)
  }

  @Test func countsTokensInTheLengthsOfAPlan() throws {
    let (prompt, answer) = try TextLengths(task, seed: 1).episode(.training)
    // "a>" has two tokens, "b>" and "é>" one; "aa." has three, as has "bb.", and "éé." five.
    #expect(prompt > 1 && prompt < 2 && answer > 3 && answer < 5)
  }

  @Test func rejectsAModelOfAnotherTokenizerAndNamesBoth() throws {
    let characters = try AdditionTask(comfort: 1)
    var stage = tuning()
    stage.task = characters
    let error = #expect(throws: ModelError.self) { try run([try training(steps: 1), stage]) }
    let message = try #require(error?.message)
    #expect(
      message.hasPrefix("stage tune: the model's tokenizer is pieces (pieces \"195 169 62,97 98,")
        && message.contains(", but task addition writes the alphabet \"\\n 0123456789+"))
  }
}

/// Finding a text in bytes that come one at a time.
@Suite struct TextSearchTests {
  @Test(arguments: 1...50 as ClosedRange<UInt64>)
  func findsTheFirstOccurrence(seed: UInt64) {
    var random = TestRandom(seed)
    func text(_ count: Int) -> String { (0..<count).map { _ in ["a", "b", "é"][random.within(0...2)] }.joined() }
    let (searched, whole) = (text(random.within(1...5)), text(60))
    var search = TextSearch(searched)
    let end = Array(whole.utf8).firstIndex { search.append($0) }
    let bytes = Array(whole.utf8)
    let length = searched.utf8.count
    let first = (0...bytes.count - length).first { bytes[$0...].starts(with: searched.utf8) }
    #expect(end == first.map { $0 + length - 1 })
  }
}
