import LuaRuntime
import SwerveRL

/// The memory of one hook of one stage between calls: the table `state`, and nothing else.
final class HookState {
  /// Such as "kl.rule" or "lr".
  let hook: String
  private weak var state: LuaState?
  private var table: LuaTable?

  init(hook: String, _ state: LuaState?) {
    self.hook = hook
    self.state = state
  }

  /// The table `state`.
  func current() throws -> LuaTable {
    if let table { return table }
    let made = try owner().makeTable()
    table = made
    return made
  }

  /// A copy of the table, for a call that must change nothing.
  func copy() throws -> LuaTable {
    guard let text = try saved() else { return try owner().makeTable() }
    return try owner().makeTable(plainText: text)
  }

  /// The table as text; nil if it is empty.
  func saved() throws -> String? {
    guard let text = try table?.plainText(named: "state"), text != "{}" else { return nil }
    return text
  }

  /// - Parameter text: from `saved`.
  func restore(_ text: String?) throws { table = try text.map { try owner().makeTable(plainText: $0) } }

  private func owner() throws -> LuaState {
    guard let state else { throw ScriptError("the Lua state was closed") }
    return state
  }
}

/// The states of all hooks of a stage, in the order of the options.
final class HookStates: StageState {
  private weak var state: LuaState?
  private var list: [HookState] = []

  init(_ state: LuaState?) { self.state = state }

  func add(hook: String) -> HookState {
    let added = HookState(hook: hook, state)
    list.append(added)
    return added
  }

  func saved() throws -> [(hook: String, text: String)] {
    try list.compactMap { each in try each.saved().map { (each.hook, $0) } }
  }

  func restore(_ text: (_ hook: String) -> String?) throws {
    for each in list {
      do {
        try each.restore(text(each.hook))
      } catch let error as LuaError {
        throw ScriptError("the state of hook '\(each.hook)' in the checkpoint can't be read: \(error.message)")
      }
    }
  }
}
