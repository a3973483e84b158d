import LuaRuntime
import SwerveRuns

/// `swerve lua` without arguments: reads lines, runs them, prints the values of expressions. Ends with the input.
struct Prompt {
  let seed: UInt64
  let quiet: Bool

  func run() {
    if Console.inputIsTerminal && !quiet {
      Console.note("Lua 5.4 in swerve's sandbox; `=expression` or an expression prints its values; Ctrl-D ends")
    }
    var session = try? LuaSession(script: nil, seed: seed, isPrompt: true, output: Console.write)
    var pending = ""
    while let line = read(isFirst: pending.isEmpty) {
      pending += pending.isEmpty ? line : "\n" + line
      guard let current = session else { return }
      do {
        let values = try current.evaluate(pending)
        if !values.isEmpty { try current.print(values) }
      } catch let error as LuaError where error.isIncomplete {
        continue
      } catch {
        _ = ErrorText(error).report(asJSON: false)
        if case .limit = (error as? LuaError)?.kind {
          Console.note("  the limit ended this state: a new one starts, without your variables")
          session = try? LuaSession(script: nil, seed: seed, isPrompt: true, output: Console.write)
        }
      }
      pending = ""
    }
    if !pending.isEmpty { Console.note("swerve: error: the input ends inside a statement") }
    if Console.inputIsTerminal { Console.note("") }
  }

  private func read(isFirst: Bool) -> String? {
    if Console.inputIsTerminal { Console.noteText(isFirst ? "> " : ">> ") }
    return readLine()
  }
}
