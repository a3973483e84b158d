import CLuaShim

/// How a state differs from plain Lua.
package struct LuaSandboxOptions: OptionSet, Sendable {
  package let rawValue: Int32

  package init(rawValue: Int32) { self.rawValue = rawValue }

  /// Reading a global that was never set is an error; rawget(_G, name) still answers nil.
  package static let strictGlobals = LuaSandboxOptions(rawValue: Int32(SWL_STRICT_GLOBALS))
  /// setmetatable refuses `__mode`, and one that is set later has no effect. So what a script sees does not depend on
  /// what the collector took.
  package static let noWeakTables = LuaSandboxOptions(rawValue: Int32(SWL_NO_WEAK_TABLES))
  /// A full Lua stack is an error that scripts can catch, as in plain Lua. For Lua's own tests.
  package static let overflowIsCaught = LuaSandboxOptions(rawValue: Int32(SWL_OVERFLOW_IS_CAUGHT))
  /// The options for scripts whose runs are recorded, and for their tests.
  package static let recorded: LuaSandboxOptions = [.strictGlobals, .noWeakTables]
}
