import LuaRuntime
import SwerveRL
import SwerveText

/// The schedules that a rule of the script's own reads: what `anneal.linear` and its like made, found among the outer
/// locals of the rule and of the script's functions that it calls. A plan draws them, although no option holds them.
enum InnerSchedules {
  /// How many functions deep it looks. A cycle of functions ends there, too.
  private static let depth = 4

  /// The schedules of a stage's rule, by the names of options that they would have. Each becomes a hook with a state, so
  /// that a script that is to run must not ask.
  static func all(_ context: StageContext) -> [(option: String, schedule: Schedule)] {
    guard let rule = context.ownRule else { return [] }
    return find(rule, context.host).map { name, function in
      let option = "kl.rule.\(name)"
      return (option, ScriptedSchedule.make(.function(function), range: .any, path: option, context))
    }
  }

  /// - Returns: each schedule once, under the first name that it was found by, such as "alpha" or "rates.alpha".
  private static func find(_ rule: LuaFunction, _ host: ScriptHost) -> [(name: String, function: LuaFunction)] {
    var found: [(name: String, function: LuaFunction)] = []
    collect(rule, host, depth: depth, into: &found)
    return found
  }

  private static func collect(
    _ function: LuaFunction, _ host: ScriptHost, depth: Int, into found: inout [(name: String, function: LuaFunction)]
  ) {
    // The library's functions have locals of their own; what they got from the script are functions, as in rules.each.
    let isOfScript = host.definition(of: function) != nil
    for (index, name) in function.upvalueNames.enumerated() where name !== "_ENV" {
      let value = function.upvalue(index)
      if let inner = value.asFunction {
        if isSchedule(inner, host) {
          if isOfScript { add(name, inner, to: &found) }
        } else if depth > 1, host.definition(of: inner) != nil {
          collect(inner, host, depth: depth - 1, into: &found)
        }
      } else if isOfScript, let table = value.asTable {
        for (key, value) in table.sortedPairs() {
          guard let key = key.asString, let inner = value.asFunction, isSchedule(inner, host) else { continue }
          add("\(name).\(key)", inner, to: &found)
        }
      }
    }
  }

  private static func add(
    _ name: String, _ function: LuaFunction, to found: inout [(name: String, function: LuaFunction)]
  ) {
    if found.contains(where: { $0.function.isSame(as: function) }) { return }
    // Two functions may call their schedules the same.
    let taken = found.map(\.name)
    let others = (2...).lazy.map { "\(name) \($0)" }
    let free = taken.containsExactly(name) ? others.first { !taken.containsExactly($0) } ?? name : name
    found.append((free, function))
  }

  /// Whether a function was made by one of the library's makers of schedules, and is not such a maker itself.
  private static func isSchedule(_ function: LuaFunction, _ host: ScriptHost) -> Bool {
    let (chunk, line) = function.definedAt
    guard line >= 0, let place = host.place(chunk: chunk, line: line), host.isLibrary(place) else { return false }
    return place.file.endsExactly(with: "swerve/anneal.lua") && FactoryFunctions.name(of: function, host) == nil
  }
}
