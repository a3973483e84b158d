import CLuaShim

/// A Lua function, or a host function seen from Lua.
package final class LuaFunction {
  let core: LuaCore
  let reference: Int32

  init(core: LuaCore, reference: Int32) {
    self.core = core
    self.reference = reference
  }

  deinit {
    core.release(reference)
  }

  /// Calls it. A top-level call (not from inside a host function) starts with a new allowance of instructions.
  /// - Throws: LuaError.
  package func call(_ arguments: [LuaValue] = []) throws -> [LuaValue] {
    let owner = core.owner
    defer { withExtendedLifetime(owner) {} }
    core.stage(arguments)
    try core.perform { swl_call($0, reference) }
    return core.takeResults()
  }

  /// Where the script defines it. Line 0 means a main chunk, line -1 a host function.
  package var definedAt: (chunk: String, line: Int) {
    guard let pointer = core.pointer else { return ("", 0) }
    let place = swl_function_definition(pointer, reference)
    return (String(cString: place.chunk), Int(place.line))
  }

  /// Names of the outer locals that it uses, in order; a function that reads globals has "_ENV" among them.
  package var upvalueNames: [String] {
    guard let pointer = core.pointer else { return [] }
    var names: [String] = []
    while let name = swl_upvalue_name(pointer, reference, Int32(names.count + 1)) {
      names.append(String(cString: name))
    }
    return names
  }

  /// The value of an outer local now.
  /// - Parameter index: among `upvalueNames`.
  package func upvalue(_ index: Int) -> LuaValue {
    guard (try? core.perform { swl_upvalue($0, reference, Int32(index + 1)) }) != nil else { return .nil }
    return core.takeResults().first ?? .nil
  }

  /// True when both are the same function.
  package func isSame(as other: LuaFunction) -> Bool {
    guard core === other.core, let pointer = core.pointer else { return self === other }
    return swl_same(pointer, reference, other.reference) == 1
  }
}
