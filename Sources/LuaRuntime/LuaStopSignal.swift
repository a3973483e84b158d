import CLuaShim

/// Ends the script of one state from any thread; see `LuaState.stopSignal`. It may outlive its state.
package final class LuaStopSignal: @unchecked Sendable {
  // Safe to share: the only operation on the flag is an atomic store.
  let flag: OpaquePointer

  init() { flag = swl_stop_flag_make() }

  deinit { swl_stop_flag_free(flag) }

  /// Asks the script to end; it does at one of its next instructions. Once stopped, a state stays so.
  package func stop() { swl_stop_flag_raise(flag) }
}
