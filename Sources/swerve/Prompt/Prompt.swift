import LuaRuntime
import SwerveRuns

/// `swerve lua` without arguments: reads lines, runs them, and prints the values of expressions, until the end of the
/// input.
struct Prompt {
  let seed: UInt64
  let quiet: Bool
  private let editor: LineEditor?

  init(seed: UInt64, quiet: Bool) {
    self.seed = seed
    self.quiet = quiet
    editor = LineEditor()
  }

  func run() throws {
    if Console.inputIsTerminal && !quiet {
      Console.note(
        "Lua 5.4 in swerve's sandbox, the API in `swerve`; an expression, with or without `=`, prints its values; "
          + "Ctrl-D ends")
    }
    defer { editor?.close() }
    var session = try newSession()
    var pending = ""
    while let line = read(isFirst: pending.isEmpty) {
      pending += pending.isEmpty ? line : "\n" + line
      do {
        let values = try session.evaluate(pending)
        if !values.isEmpty { try session.print(values) }
      } catch let error as LuaError where error.isIncomplete {
        continue
      } catch {
        _ = ErrorText(error).report(asJSON: false)
        if case .limit = (error as? LuaError)?.kind {
          Console.note("  the limit ended this state: a new one starts, without your variables")
          session = try newSession()
        }
      }
      pending = ""
    }
    if !pending.isEmpty { Console.note("swerve: error: the input ends inside a statement") }
    if Console.inputIsTerminal { Console.note("") }
  }

  private func newSession() throws -> LuaSession {
    let session = try LuaSession(script: nil, seed: seed, isPrompt: true, output: Console.write)
    // Without the library the prompt is plain Lua, and `require` reports what is missing.
    _ = try? session.run("swerve = require 'swerve'", chunkName: "(prompt)")
    return session
  }

  private func read(isFirst: Bool) -> String? {
    let prompt = isFirst ? "> " : ">> "
    if let editor { return editor.read(prompt: prompt) }
    if Console.inputIsTerminal { Console.noteText(prompt) }
    return Console.readLine()
  }
}
