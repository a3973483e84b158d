import SwerveModel
import SwerveTensor
import SwerveText

/// What a model is trained on: problems with a prompt, a way to end an episode and a reward.
///
/// A task is a value without state: every draw comes from the cursor that is passed in. The training loops call it, its
/// problems and their episode ends on the thread that trains and in a fixed order, so that a task may run a script.
///
/// A task writes and reads text. Which tokens the text is made of is for its tokenizer to say: an offset in a text counts characters
/// (Unicode scalars), a limit counts tokens.
package protocol Task: Sendable {
  /// As shown to people, such as `addition`.
  var name: String { get }
  /// What makes tokens of its texts. Never changes for a given task.
  var tokenizer: any Tokenizer { get }
  /// The text that ends an episode and fills up texts, if the task has one.
  var pad: String? { get }
  /// The sets that `problem` can draw from.
  var problemSets: [ProblemSet] { get }
  /// Their names as errors list them.
  var namesOfSets: String { get }

  /// Everything that tells this task from another of its name, as text; nil for a task that a script's functions make.
  var settings: String? { get }

  /// Everything that decides what the functions of a script's task do, as bytes; nil for other tasks, and where that can't
  /// be told.
  var contents: [UInt8]? { get }

  /// The groups of critical tokens, in the order of their metrics; none for a task that knows no critical tokens.
  var criticalGroups: [String] { get }

  /// Draws one problem.
  /// - Throws: `TaskError` for a set that the task doesn't have; whatever a scripted task throws.
  func problem(in set: ProblemSet, using cursor: inout RandomCursor) throws -> any Problem

  /// The problem that a prompt of somebody's own poses, for looking at answers.
  /// - Throws: `TaskError` for a text that is no prompt of this task; whatever a scripted task throws.
  func problem(prompt: String) throws -> any Problem

  /// Draws one whole text to pre-train on.
  /// - Throws: `TaskError` if the task has no solutions; whatever a scripted task throws.
  func trainingText(using cursor: inout RandomCursor) throws -> TrainingText

  /// Tokens of the longest text that `trainingText` can draw.
  var longestTrainingText: Int { get }

  /// Tokens of the longest prompt of a set with its solution: the context that a model needs there. An episode that goes on
  /// longer ends where the context does.
  func longestText(in set: ProblemSet) throws -> Int

  /// What to do where its texts do not fit a model's context.
  var contextAdvice: String { get }
}

extension Task {
  /// Any text; the answer ends at a pad token or with the context.
  package func problem(prompt: String) throws -> any Problem { OpenProblem(prompt: prompt, pad: pad) }

  package var namesOfSets: String { problemSets.map(\.name).joined(separator: ", ") }

  package var contextAdvice: String { "use shorter texts or a model with a longer context" }
}

/// One prompt and what is to be known about the answers to it.
package protocol Problem: Sendable {
  var prompt: String { get }
  /// What a perfect model generates after the prompt; nil if the task has no such text.
  var solution: String? { get }
  /// The most tokens that an episode may generate, at least 1. The episode's end stops there by itself.
  var episodeLimit: Int { get }

  /// A new end rule, for one episode.
  func makeEpisodeEnd() -> any EpisodeEnd

  /// The same problem, to judge an answer that the model ended with a token of its own. The answer's text does not show this: it ends
  /// before that token.
  func endedByModel() -> any Problem

  /// The reward of an episode, given at its last token.
  /// - Parameter generated: the generated text up to the episode's end, what ended it included unless it was the model's own token
  ///   for the end of a text.
  func reward(generated: String) throws -> Float

  /// Whether an episode counts as a success.
  /// - Parameter reward: what `reward` said of it.
  func isSuccess(generated: String, reward: Float) throws -> Bool

  /// The positions of a generated text where the probability of a critical token can be read, in order of offset.
  func criticalTokens(generated: String) throws -> [CriticalToken]
}

extension Problem {
  /// Most tasks judge the text alone.
  package func endedByModel() -> any Problem { self }

  /// A reward above 0 is a success.
  package func isSuccess(generated: String, reward: Float) throws -> Bool { reward > 0 }

  /// Most tasks know no critical tokens.
  package func criticalTokens(generated: String) throws -> [CriticalToken] { [] }
}

extension Task {
  package var settings: String? { nil }
  package var contents: [UInt8]? { nil }
  package var criticalGroups: [String] { [] }
}

/// A text to pre-train on, in two parts so that a loss can leave out the prompt.
package struct TrainingText: Equatable, Sendable {
  package let prompt: String
  package let solution: String

  package init(prompt: String, solution: String) {
    self.prompt = prompt
    self.solution = solution
  }

  package var text: String { prompt + solution }
}

/// A named set of problems, as in `eval = { sets = { comfort = 20, plus1 = 100 } }`.
package struct ProblemSet: Hashable, Sendable, CustomStringConvertible {
  @ExactString package private(set) var name: String

  package init(_ name: String) { self.name = name }

  /// What fine-tuning draws its episodes from. Every task has it.
  package static let training = ProblemSet("training")
  /// Stands in the metrics of the episodes that fine-tuning collects, success/train and its like: no set may be called so.
  package static let collectedName = "train"
  /// Problems of the kind that pre-training shows.
  package static let comfort = ProblemSet("comfort")
  /// Problems that are `extra` digits (or whatever the task counts) beyond comfort.
  package static func plus(_ extra: Int) -> ProblemSet { ProblemSet("plus\(extra)") }

  /// Problems of one exact size: both operands have so many digits.
  package static func both(_ digits: Int) -> ProblemSet { ProblemSet("both\(digits)") }
  /// Problems of one exact size: the first operand has so many digits, the second fewer.
  package static func first(_ digits: Int) -> ProblemSet { ProblemSet("first\(digits)") }

  /// K of `plusK` (K at least 1, written without leading zeros), nil for other names.
  package var plusExtra: Int? { number(after: "plus", as: ProblemSet.plus) }
  /// D of `bothD`, likewise.
  package var bothDigits: Int? { number(after: "both", as: ProblemSet.both) }
  /// D of `firstD`, likewise.
  package var firstDigits: Int? { number(after: "first", as: ProblemSet.first) }

  private func number(after word: String, as set: (Int) -> ProblemSet) -> Int? {
    guard let number = name.rest(after: word).flatMap({ Int($0) }), number > 0 else { return nil }
    return set(number) == self ? number : nil
  }

  package var description: String { name }
}

/// An error that can say where in a training it happened.
package protocol LocatableError: Error {
  /// The same error with a place, such as "stage 'rl', step 3, set 'hard', row 5".
  func located(_ place: String) -> Self
}

/// Does something for one row of a batch; what it throws names the row.
/// - Parameters:
///   - place: of the batch, such as "stage 'rl', step 3, set 'hard'".
///   - row: from 0; people count from 1.
func locating<T>(_ place: String, row: Int, _ body: () throws -> T) throws -> T {
  do {
    return try body()
  } catch let error as any LocatableError {
    throw error.located("\(place), row \(row + 1)")
  }
}

/// A task can't be made or can't do what was asked.
package struct TaskError: UserFacingError, Equatable {
  /// The option that it is about; nil for what is no option.
  package let option: String?
  /// What was wrong, as `must be in RANGE, got VALUE`; a whole sentence where no option is named.
  package let problem: String
  package var message: String { option.map { "\($0) \(problem)" } ?? problem }

  package init(option: String? = nil, _ problem: String) {
    self.option = option
    self.problem = problem
  }

  /// For an option outside its range.
  package init(option: String, range: ClosedRange<some Any>, got value: some Any) {
    self.init(option: option, "must be in \(range.lowerBound)...\(range.upperBound), got \(value)")
  }
}
