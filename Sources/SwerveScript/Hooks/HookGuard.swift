import LuaRuntime
import SwerveText

/// Refuses a hook that remembers anything outside of `state`. No checkpoint saves that, so it would be lost when a run
/// resumes.
final class HookGuard {
  private let function: LuaFunction
  private let host: ScriptHost
  private var memory: LuaGuard?
  private var calls = 0
  /// After this many calls, only every `stride`-th call is followed by a check. It still finds changes that earlier
  /// calls made.
  private let sparseFrom: Int
  private let stride: Int

  /// The hint for hooks that have no `state`.
  static let taskHint = "a function of a task may depend on its arguments alone; random choices come from its `rng`"

  /// - Parameter isFrequent: the hook is called for every episode, not once or a few times in a step.
  init(_ function: LuaFunction, _ host: ScriptHost, isFrequent: Bool = false) {
    self.function = function
    self.host = host
    (sparseFrom, stride) = isFrequent ? (8, 64) : (.max, 1)
  }

  /// Calls a function that has no `state`.
  /// - Parameters:
  ///   - place: of the function, where an error has none of its own.
  ///   - title: what errors begin with.
  ///   - hint: what to do about a function that changes something which the next call would see.
  /// - Returns: its first result.
  /// - Throws: ScriptError.
  func call(_ arguments: [LuaValue], at place: ScriptPlace, title: String, hint: String) throws -> LuaValue {
    begin()
    let answer: LuaValue
    do {
      answer = try function.call(arguments).first ?? .nil
    } catch let error as LuaError {
      var failure = host.scriptError(error)
      failure.place = failure.place ?? place
      failure.message = "\(title): \(failure.message)"
      throw failure
    }
    if let change = change(place) { throw ScriptError("\(title): \(change.problem)", place: change.place, hint: hint) }
    return answer
  }

  /// Call it before each call of the hook.
  func begin() {
    if memory == nil { memory = LuaGuard(function) }
    calls += 1
  }

  /// Call it after each call of the hook.
  /// - Parameter place: the place of the hook.
  /// - Returns: what is wrong, where, and what to do; nil if nothing changed.
  func change(_ place: ScriptPlace) -> (problem: String, place: ScriptPlace, hint: String)? {
    guard calls <= sparseFrom || calls % stride == 0, let change = memory?.firstChange() else { return nil }
    let name = change.name.isEmpty ? "x" : change.name
    return (
      "it changed \(change.variable), which the next call would see", self.place(of: change) ?? place,
      "what a hook remembers belongs in its argument `state`, which checkpoints save: state.\(name) = ..."
    )
  }

  /// The first line that assigns the variable; else the first line that contains its name; else the line of the
  /// function.
  private func place(of change: LuaChange) -> ScriptPlace? {
    guard let function = host.place(chunk: change.chunk, line: change.lines.lowerBound), !host.isLibrary(function)
    else { return nil }
    let text = host.files.first { $0.file.path === function.file }?.file.text ?? ""
    let lines = text.pieces(at: "\n", omittingEmpty: false)
    let numbers = change.lines.clamped(to: 1...max(1, lines.count)).filter { $0 <= lines.count }
    let found =
      numbers.first { lines[$0 - 1].assigns(change.name) } ?? numbers.first { lines[$0 - 1].names(change.name) }
    return found.map { ScriptPlace(file: function.file, line: $0) } ?? function
  }
}

extension String {
  /// Whether the line contains a word of Lua.
  fileprivate func names(_ word: String) -> Bool { !rests(after: word).isEmpty }

  /// Whether the word, or a field of it, is followed by a `=`.
  fileprivate func assigns(_ word: String) -> Bool {
    rests(after: word).contains { rest in
      let after = rest.drop { $0 != "=" && $0 != "(" && $0 != "~" && $0 != "<" && $0 != ">" }
      return after.first == "=" && after.dropFirst().first != "="
    }
  }

  /// What follows each occurrence of a word.
  private func rests(after word: String) -> [ArraySlice<Unicode.Scalar>] {
    guard !word.isEmpty else { return [] }
    let (line, word) = (Array(unicodeScalars), Array(word.unicodeScalars))
    return line.indices.compactMap { start in
      let rest = line[start...].dropFirst(word.count)
      let isWhole = !(line[..<start].last.map(isWordScalar) ?? false) && !(rest.first.map(isWordScalar) ?? false)
      return isWhole && line[start...].starts(with: word) ? rest : nil
    }
  }
}
