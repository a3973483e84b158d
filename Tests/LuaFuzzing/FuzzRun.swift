import LuaRuntime

/// One generated script with its limits, and what happened.
package struct FuzzRun {
  /// How a script ended.
  package enum End: Hashable, Sendable {
    case ok, syntax, runtime
    case limit(String)

    package var name: String {
      switch self {
      case .ok: "ok"
      case .syntax: "syntax error"
      case .runtime: "error"
      case .limit(let name): "limit: \(name)"
      }
    }
  }

  package let source: String
  package let limits: LuaLimits
  /// The end of loading and running the main chunk.
  package private(set) var end = End.ok
  /// Everything that must be the same whenever the script runs again: output, messages, counts.
  package private(set) var transcript = ""
  /// What can't be right whatever the script does.
  package private(set) var complaints: [String] = []

  package init(source: String, limits: LuaLimits) {
    self.source = source
    self.limits = limits
  }

  /// Runs it in a state of its own. The calling thread needs a large stack.
  package mutating func run() {
    let tally = FuzzHost.Tally()
    let host = FuzzHost(tally: tally)
    runState(host)
    // Values that outlived their state answer nil and errors.
    for value in host.kept { touch(value) }
    host.forget()
    if tally.alive != 0 { complaints.append("\(tally.alive) host objects are still alive after the state") }
  }

  private mutating func runState(_ host: FuzzHost) {
    var output = ""
    let state = LuaState(limits: limits, seed: 7) { output += $0 }
    host.install(in: state)
    do {
      let results = try state.load(source, chunkName: "fuzz.lua").call()
      end = .ok
      callHooks(results)
    } catch {
      end = note(error)
    }
    _ = state.globals.sortedPairs()
    for value in host.kept { touch(value) }
    state.collectGarbage()
    // A byte that is not UTF-8 arrives as a character of three.
    if output.utf8.count > 3 * limits.outputBytes { complaints.append("\(output.utf8.count) bytes were written") }
    if output.contains("FAIL:") { complaints.append("the script says FAIL") }
    transcript += "\n\(state.instructionCount)\n\(output)"
  }

  /// What a host does with a script that returned functions: calls them, each with an allowance of its own.
  private mutating func callHooks(_ results: [LuaValue]) {
    for value in results {
      guard let function = value.asFunction else { continue }
      for step in 1...2 {
        do {
          let answers = try function.call([.integer(Int64(step)), .number(0.5), value])
          transcript += "\(answers.map(\.typeName))"
        } catch {
          _ = note(error)
        }
      }
    }
  }

  private mutating func note(_ error: any Error) -> End {
    guard let error = error as? LuaError else {
      complaints.append("an error of another kind: \(error)")
      return .runtime
    }
    transcript += error.message + "\n" + error.traceback.joined(separator: "\n")
    if error.message.isEmpty { complaints.append("an error without a message") }
    if error.message.utf8.count > 5000 { complaints.append("a message of \(error.message.utf8.count) bytes") }
    if error.traceback.count > 25 { complaints.append("a traceback of \(error.traceback.count) frames") }
    switch error.kind {
    case .syntax: return .syntax
    case .runtime: return .runtime
    case .limit(let name): return .limit(name)
    }
  }

  /// Uses a value in every way the host can.
  private func touch(_ value: LuaValue) {
    switch value {
    case .table(let table):
      _ = table.sortedPairs()
      _ = table.isSequence
      try? table.set(.integer(1), .table(table))
      _ = table.get("x")
    case .function(let function):
      _ = function.definedAt
      _ = function.upvalueNames
      _ = try? function.call([value])
    default: break
    }
  }
}
