import LuaRuntime
import SwerveTensor
import SwerveText

/// The names that a script gives to what runs record: options, tasks, problem sets, coefficients, stages, the parts of
/// a loss, the numbers of a rule and those of `log`. They end up in JSON, file names, tables, pictures and on
/// terminals. So each name is checked when it is made, by this type and nowhere else.
enum GivenName {
  /// Letters, digits and '_'.
  case word
  /// Words with single '/' between them, as metrics have.
  case path
  /// Words that may also contain '.' and '-'; they can be used as names of a run's files.
  case file

  /// The longest name in bytes; every allowed character takes one byte.
  static let longest = 80
  /// The most names of one kind that a hook may give.
  static let most = 100

  /// The words after "must be".
  var expectation: String {
    switch self {
    case .word: "letters, digits and '_', at most \(Self.longest) of them"
    case .path: "letters, digits and '_', in parts that single '/' separate, at most \(Self.longest) of them all"
    case .file: "letters, digits, '.', '_' and '-', at most \(Self.longest) and not starting with '.'"
    }
  }

  func allows(_ name: String) -> Bool {
    guard !name.isEmpty, name.utf8.count <= Self.longest else { return false }
    switch self {
    case .word: return Self.isWord(name)
    case .path: return name.pieces(at: "/", omittingEmpty: false).allSatisfy(Self.isWord)
    case .file:
      return !name.beginsExactly(with: ".")
        && name.unicodeScalars.allSatisfy { isWordScalar($0) || $0 == "." || $0 == "-" }
    }
  }

  private static func isWord(_ part: String) -> Bool {
    !part.isEmpty && part.unicodeScalars.allSatisfy(isWordScalar)
  }

  /// Checks a name that a script gave in an option.
  /// - Parameter what: what it names, such as "the name of a set in option 'sets'".
  /// - Throws: ScriptError, with the place of the running call.
  func check(_ name: String, _ what: String) throws {
    guard allows(name) else { throw ScriptError("\(what) must be \(expectation), got \(quoted(name))") }
  }

  /// The names and numbers of a table that a hook returned, in the order of the names.
  /// - Parameters:
  ///   - what: the word for one entry, such as "part of the loss".
  /// - Throws: ScriptError at the hook's line.
  func numbers(
    of table: LuaTable, _ what: String, hook: Hook, step: Int
  ) throws -> [(name: String, value: Float)] {
    let entries = table.sortedPairs()
    guard entries.count <= Self.most else {
      throw hook.refusal("may give at most \(Self.most) numbers to log, got \(entries.count)", step: step)
    }
    return try entries.map { key, value in
      guard let name = key.asString, allows(name) else {
        throw hook.refusal("the name of a \(what) must be \(expectation), got \(shown(key))", step: step)
      }
      let tensor = value.asObject(Tensor.self)
      let number = tensor.map { $0.shape == .scalar ? Double($0.values[0]) : nil } ?? value.asDouble
      guard let number, Float(number).isFinite else {
        let found =
          tensor.map { $0.shape == .scalar ? numberText($0.values[0]) : "a tensor of shape \($0.shape)" }
          ?? shown(value)
        throw hook.refusal(
          "the \(what) '\(name)' must be a finite number or a scalar tensor, got \(found)", step: step)
      }
      return (name, Float(number))
    }
  }
}
