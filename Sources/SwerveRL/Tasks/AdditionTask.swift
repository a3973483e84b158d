import SwerveModel
import SwerveTensor
import SwerveText

/// Adding two whole numbers with a scratchpad (PAPER section 2 holds an example).
///
/// *Comfort* problems have operands of 1...comfort digits. In *plusK* problems one operand, the hard one, has comfort +
/// K digits, and the other is either within comfort or beyond it. *bothD* and *firstD* problems have one exact size each: two
/// operands of D digits, or a first one of D digits and a second one of fewer.
package struct AdditionTask: Task {
  /// The longest operand that any option may ask for; sums stay far below 2^63.
  package static let largestDigits = 15
  /// Tokens that an episode may have beyond the longest solution of its set.
  package static let spareTokens = 100

  /// The most digits of a comfort operand, 1...15.
  package let comfort: Int
  /// K of the set that fine-tuning trains on; 0 trains on comfort.
  package let plus: Int
  /// Where training draws the hard operand's number of digits from; nil means always comfort + plus.
  package let hardDigits: ClosedRange<Int>?
  /// The probability that a pre-training text is drawn from plusK rather than comfort, 0...1.
  package let plusShare: Double
  /// How comfort problems, which pre-training shows, draw their lengths.
  package let lengths: Lengths
  /// Tokens of the longest solution for two operands of 1, 2, ... digits.
  private let longestSolutions: [Int]

  /// How many digits the operands of a comfort problem have.
  package enum Lengths: String, CaseIterable, Sendable {
    /// Each operand's number of digits is uniform in 1...comfort: the most digits of a problem are mostly many.
    case independent
    /// The most digits of a problem are uniform in 1...comfort. Half of the problems have two operands of that length; in the
    /// others one, the first or the second, has fewer, all numbers below equally likely.
    case balanced
  }

  /// - Throws: `TaskError` that names the option, its range and the value.
  package init(
    comfort: Int, plus: Int = 0, hardDigits: ClosedRange<Int>? = nil, plusShare: Double = 0,
    lengths: Lengths = .independent
  ) throws {
    let most = Self.largestDigits
    guard (1...most).contains(comfort) else { throw TaskError(option: "comfort", range: 1...most, got: comfort) }
    guard (0...most - comfort).contains(plus) else {
      throw TaskError(
        option: "plus", "must be in 0...\(most - comfort) (comfort + plus is at most \(most) digits), got \(plus)")
    }
    if let hardDigits {
      let longest = comfort + plus
      guard plus > 0 else { throw TaskError(option: "hardDigits", "needs plus to be at least 1, got plus 0") }
      guard (1...longest).contains(hardDigits.lowerBound), hardDigits.upperBound <= longest else {
        throw TaskError(option: "hardDigits", range: 1...longest, got: hardDigits)
      }
    }
    guard plusShare >= 0, plusShare <= 1 else {
      throw TaskError(option: "plusShare", "must be in 0...1, got \(plusShare)")
    }
    guard plusShare == 0 || plus > 0 else {
      throw TaskError(
        option: "plusShare", "above 0 needs plus to be at least 1, got plusShare \(plusShare) with plus 0")
    }
    self.comfort = comfort
    self.plus = plus
    self.hardDigits = hardDigits
    self.plusShare = plusShare
    self.lengths = lengths
    tokenizer = try CharacterTokenizer(alphabet: Self.alphabet)
    longestSolutions = (1...most).map { AdditionProblem.longestSolution($0, $0) }
  }

  package var name: String { "addition" }

  package var settings: String? {
    "addition comfort \(comfort) plus \(plus) hard \(hardDigits.map { "\($0)" } ?? "-") share \(plusShare)"
      + (lengths == .independent ? "" : " lengths \(lengths.rawValue)")
  }

  /// The 41 characters in order of token. It is part of what a checkpoint means: never change the order.
  package static let alphabet = "\n 0123456789+,-/:<=>[]ACDEINTaceghnprstu%"
  package static let pad: Unicode.Scalar = "%"
  package let tokenizer: any Tokenizer
  package var pad: String? { String(Self.pad) }

  /// training, comfort, each plusK that stays within 15 digits, and those of one exact size. No operand is shorter than one
  /// digit, so that there is no first1.
  package var problemSets: [ProblemSet] {
    [.training, .comfort] + (1..<max(1, Self.largestDigits - comfort + 1)).map(ProblemSet.plus)
      + (1...Self.largestDigits).map(ProblemSet.both) + (2...Self.largestDigits).map(ProblemSet.first)
  }

  package var namesOfSets: String {
    let most = Self.largestDigits
    let beyond = (1..<max(1, most - comfort + 1)).map { "plus\($0)" }
    let plus = beyond.count > 3 ? [beyond[0], "...", beyond[beyond.count - 1]] : beyond
    return (["training", "comfort"] + plus + ["both1", "...", "both\(most)", "first2", "...", "first\(most)"])
      .joined(separator: ", ")
  }

  package var criticalGroups: [String] { AdditionProblem.criticalGroups }

  package func problem(in set: ProblemSet, using cursor: inout RandomCursor) throws -> any Problem {
    try sample(set, using: &cursor)
  }

  /// A sum, as "12+34" or as prompts write it.
  package func problem(prompt: String) throws -> any Problem {
    let sum = prompt.rest(after: "Input:\n")?.start(before: "\nTarget:") ?? prompt
    let operands = sum.pieces(at: "+", omittingEmpty: false)
    let longest = operands.map(\.utf8.count).max() ?? 0
    guard operands.count == 2, (1...Self.largestDigits).contains(longest),
      operands.allSatisfy({ $0.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } }),
      let a = UInt64(operands[0]), let b = UInt64(operands[1])
    else {
      throw TaskError(
        "a prompt of addition is a sum such as 12+34, of numbers with at most \(Self.largestDigits) digits, got "
          + prompt.debugDescription)
    }
    return AdditionProblem(a, b, comfort: comfort, episodeLimit: episodeLimit(digits: longest))
  }

  /// First a number that decides between comfort and plusK (only if `plusShare` is above 0), then the problem.
  package func trainingText(using cursor: inout RandomCursor) throws -> TrainingText {
    let beyond = plusShare > 0 && cursor.uniformDouble() < plusShare
    let problem = try sample(beyond ? .plus(plus) : .comfort, using: &cursor)
    return TrainingText(prompt: problem.prompt, solution: problem.scratchpad)
  }

  package var longestTrainingText: Int {
    let digits = plusShare > 0 ? comfort + plus : comfort
    return AdditionProblem.promptLength(digits, digits) + longestSolutions[digits - 1]
  }

  package var contextAdvice: String { "use fewer digits or a model with a longer context" }

  package func longestText(in set: ProblemSet) throws -> Int {
    let digits = try longestOperand(in: set)
    return AdditionProblem.promptLength(digits, digits) + longestSolutions[digits - 1]
  }

  private func episodeLimit(digits: Int) -> Int { longestSolutions[digits - 1] + Self.spareTokens }
}

extension AdditionTask {
  /// Draws one problem.
  ///
  /// Order of the draws. comfort: digits of operand 1, digits of operand 2; with balanced lengths the most digits, the coin
  /// for the other operand (0: as many), and if it has fewer its digits and the coin for which one is longer (0: the first).
  /// plusK: the coin for the hard operand (0: the first), for training with `hardDigits` its digits, the coin for the other
  /// operand (0: within comfort), its digits. bothD: nothing. firstD: digits of operand 2. Then, for all of them, operand 1
  /// and operand 2: uniform among the numbers of so many digits.
  /// - Throws: `TaskError` for a set that this task doesn't have.
  package func sample(_ set: ProblemSet, using cursor: inout RandomCursor) throws -> AdditionProblem {
    let limit = episodeLimit(digits: try longestOperand(in: set))
    let extra = set == .training ? plus : set.plusExtra ?? 0
    var digits = (first: 0, second: 0)
    if let both = set.bothDigits {
      digits = (both, both)
    } else if let first = set.firstDigits {
      digits = (first, cursor.within(1...first - 1))
    } else if extra == 0 {
      digits = comfortDigits(using: &cursor)
    } else {
      let firstIsHard = cursor.below(2) == 0
      let hard = set == .training ? hardDigits.map { cursor.within($0) } ?? comfort + extra : comfort + extra
      let otherIsComfortable = cursor.below(2) == 0
      let other = cursor.within(otherIsComfortable ? 1...comfort : comfort + 1...comfort + extra)
      digits = firstIsHard ? (hard, other) : (other, hard)
    }
    let a = Self.number(digits: digits.first, using: &cursor)
    let b = Self.number(digits: digits.second, using: &cursor)
    return AdditionProblem(a, b, comfort: comfort, episodeLimit: limit)
  }

  private func comfortDigits(using cursor: inout RandomCursor) -> (first: Int, second: Int) {
    switch lengths {
    case .independent:
      let first = cursor.within(1...comfort)
      return (first, cursor.within(1...comfort))
    case .balanced:
      let most = cursor.within(1...comfort)
      let areEqual = cursor.below(2) == 0
      if areEqual || most == 1 { return (most, most) }
      let other = cursor.within(1...most - 1)
      return cursor.below(2) == 0 ? (most, other) : (other, most)
    }
  }

  /// The most digits that an operand of a set can have.
  private func longestOperand(in set: ProblemSet) throws -> Int {
    switch set {
    case .training: return comfort + plus
    case .comfort: return comfort
    default:
      if let extra = set.plusExtra, comfort + extra <= Self.largestDigits { return comfort + extra }
      if let digits = set.bothDigits, digits <= Self.largestDigits { return digits }
      if let digits = set.firstDigits, (2...Self.largestDigits).contains(digits) { return digits }
      throw TaskError("addition with comfort \(comfort) has no set \(set.name.debugDescription); it has \(namesOfSets)")
    }
  }

  /// A number of n > 1 digits is uniform in 10^(n-1)...10^n - 1, one of one digit in 0...9.
  private static func number(digits: Int, using cursor: inout RandomCursor) -> UInt64 {
    let above = (0..<digits).reduce(1) { power, _ in power * 10 }
    return UInt64(cursor.within((digits == 1 ? 0 : above / 10)...above - 1))
  }
}
