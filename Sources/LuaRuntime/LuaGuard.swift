import CLuaShim

/// Something that a function changed and left changed.
package struct LuaChange: Equatable, Sendable {
  /// The name that a script's author would give it: "upvalue 'count'", "upvalue 'cache'.best", "global 'seen'".
  package let variable: String
  /// The identifier to look for in the lines below; "" when there is none.
  package let name: String
  /// The chunk and the lines of the function that has the variable.
  package let chunk: String
  package let lines: ClosedRange<Int>
}

/// Everything that a function can reach, as it was when the guard was made: upvalues, globals, modules, and the tables,
/// functions, coroutines and iterators behind them. A check costs some ten nanoseconds for each of their entries.
package final class LuaGuard {
  private let core: LuaCore
  private let pointer: OpaquePointer
  /// Held so that the function outlives the guard.
  private let function: LuaFunction

  /// Nil for a function of a closed state.
  package init?(_ function: LuaFunction) {
    guard let state = function.core.pointer, let owner = function.core.owner else { return nil }
    core = function.core
    self.function = function
    pointer = swl_guard_make(state, function.reference, owner.modules.reference)
  }

  deinit {
    core.release(swl_guard_reference(pointer, 0))
    core.release(swl_guard_reference(pointer, 1))
    swl_guard_free(pointer)
  }

  /// How many objects and entries a check looks at.
  package var count: Int { Int(swl_guard_count(pointer)) }

  /// The first thing that differs from its state when the guard was made; nil if nothing does.
  package func firstChange() -> LuaChange? {
    guard let state = core.pointer else { return nil }
    var change = swl_change()
    guard swl_guard_check(state, pointer, &change) == 1 else { return nil }
    func text(_ bytes: UnsafePointer<CChar>?) -> String { bytes.map { String(cString: $0) } ?? "" }
    let first = max(1, Int(change.first_line))
    return LuaChange(
      variable: text(change.variable), name: text(change.name), chunk: text(change.chunk),
      lines: first...max(first, Int(change.last_line)))
  }
}
