import SwerveModel

/// Two numbers to add, and everything that is known about the right answer.
package struct AdditionProblem: Problem, Equatable {
  package let a: UInt64
  package let b: UInt64
  /// N of the task: an operand of more digits has critical tokens.
  package let comfort: Int
  package let episodeLimit: Int
  /// The operands' digits, most significant first.
  private let digits: (first: [UInt8], second: [UInt8])

  package init(_ a: UInt64, _ b: UInt64, comfort: Int, episodeLimit: Int) {
    self.a = a
    self.b = b
    self.comfort = comfort
    self.episodeLimit = episodeLimit
    digits = (Self.digits(of: a), Self.digits(of: b))
  }

  package static func == (left: Self, right: Self) -> Bool {
    (left.a, left.b, left.comfort, left.episodeLimit) == (right.a, right.b, right.comfort, right.episodeLimit)
  }

  package var prompt: String { "Input:\n\(a)+\(b)\nTarget:" }
  package var solution: String? { scratchpad }

  /// The solution, from the newline after the prompt to the newline after the answer.
  package var scratchpad: String {
    var lines = "\n<scratch>\n"
    var sum = Sum()
    for step in 0..<max(digits.first.count, digits.second.count) {
      let u = digit(1, step)
      let v = digit(2, step)
      let shown = "A=\(Self.list(sum.digits.reversed())) , C=\(sum.carry)"
      let (carryIn, total) = sum.add(u, v)
      lines += "\(list(operand: 1, step: step)) + \(list(operand: 2, step: step)) , \(shown)"
      lines += " , \(u)+\(v)+\(carryIn)=\(total) , A->\(total % 10) , C->\(total / 10)\n"
    }
    lines += "[] + [] , A=\(Self.list(sum.digits.reversed())) C=\(sum.carry) , END\n"
    return lines + AdditionMarks.scratchEnd + Self.spaced(sum) + "\n"
  }

  /// The sum's digits, separated by single spaces.
  package var answer: String {
    var sum = Sum()
    for step in 0..<max(digits.first.count, digits.second.count) { _ = sum.add(digit(1, step), digit(2, step)) }
    return Self.spaced(sum)
  }

  package func makeEpisodeEnd() -> any EpisodeEnd { AdditionEpisodeEnd(limit: episodeLimit) }

  /// +1 if the text between the first `</scratch>\n` and the next newline is the answer exactly, else -1.
  package func reward(generated: String) -> Float {
    var reader = AdditionReader()
    var written: [UInt8] = []
    for byte in generated.utf8 {
      let inAnswer = reader.isInAnswer
      switch reader.append(byte) {
      case .answered: return written.elementsEqual(answer.utf8) ? 1 : -1
      case .padded, .ended, .limit: return -1
      case nil: if inAnswer { written.append(byte) }
      }
    }
    return -1
  }

  /// Tokens of the prompt for operands of so many digits.
  package static func promptLength(_ first: Int, _ second: Int) -> Int {
    "Input:\n+\nTarget:".unicodeScalars.count + first + second
  }

  /// Tokens of the longest solution for operands of so many digits: all nines, which carry in every step.
  package static func longestSolution(_ first: Int, _ second: Int) -> Int {
    let nines = { (count: Int) in (0..<count).reduce(UInt64(0)) { number, _ in number * 10 + 9 } }
    let problem = AdditionProblem(nines(first), nines(second), comfort: 1, episodeLimit: 1)
    return problem.scratchpad.unicodeScalars.count
  }
}

extension AdditionProblem {
  /// An operand (1 or 2) as the scratchpad shows it in a step (from 0): without its last `step` digits.
  func list(operand: Int, step: Int) -> String { Self.list(all(operand).dropLast(step)) }

  /// How many digits an operand has.
  func length(operand: Int) -> Int { all(operand).count }

  /// The scratchpad lines that show operands with digits left in one of them.
  var steps: Int { max(digits.first.count, digits.second.count) }

  private func all(_ operand: Int) -> [UInt8] { operand == 1 ? digits.first : digits.second }

  /// The digit of an operand that a step (from 0) adds; 0 once its digits are used up.
  private func digit(_ operand: Int, _ step: Int) -> UInt8 {
    let own = all(operand)
    return step < own.count ? own[own.count - 1 - step] : 0
  }

  private static func digits(of number: UInt64) -> [UInt8] { String(number).utf8.map { $0 - UInt8(ascii: "0") } }

  /// As in `[1,2,8]`.
  private static func list(_ digits: some Sequence<UInt8>) -> String {
    "[" + digits.map(String.init).joined(separator: ",") + "]"
  }

  /// The answer: a final carry stands in front of the digits.
  private static func spaced(_ sum: Sum) -> String {
    let carried = sum.carry > 0 ? sum.digits + [sum.carry] : sum.digits
    return carried.reversed().map(String.init).joined(separator: " ")
  }
}

/// A sum as far as it has been written: its digits from the least significant, and the carry.
private struct Sum {
  private(set) var digits: [UInt8] = []
  private(set) var carry: UInt8 = 0

  /// Adds one column; the carry that came in, and the column's total.
  mutating func add(_ u: UInt8, _ v: UInt8) -> (carryIn: UInt8, total: UInt8) {
    let carryIn = carry
    let total = u + v + carryIn
    digits.append(total % 10)
    carry = total / 10
    return (carryIn, total)
  }
}
