import CLuaShim

/// The operators that a type of host objects can define.
package enum LuaOperator: String, Sendable {
  case add = "__add"
  case subtract = "__sub"
  case multiply = "__mul"
  case divide = "__div"
  case modulo = "__mod"
  case power = "__pow"
  case negate = "__unm"
  case lessThan = "__lt"
  case lessThanOrEqual = "__le"
  case equal = "__eq"
  case length = "__len"
  case concatenate = "__concat"
  case call = "__call"
  case tostring = "__tostring"
}

/// The methods and operators of a type of host objects; see `LuaState.register`.
package struct LuaObjectType<T: LuaObject> {
  fileprivate let state: LuaState
  fileprivate let metatable: Int32

  /// `object:name(...)`. `LuaCall.arguments` don't hold the object.
  package func method(_ name: String, _ body: @escaping (T, inout LuaCall) throws -> [LuaValue]) {
    install(slot: "method", name: name) { call in
      let object: T = try receiver(call, "\(T.luaTypeName):\(name)")
      var rest = LuaCall(arguments: Array(call.arguments.dropFirst()), state: call.state)
      return try body(object, &rest)
    }
  }

  /// An operator. Both operands are in `LuaCall.arguments`, as Lua passes them: either may be the object.
  package func operation(_ name: LuaOperator, _ body: @escaping LuaHostBody) {
    install(slot: name.rawValue, name: "", body)
  }

  /// `object.key` and `object[key]` for keys that are not methods. Answer nil for an unknown key: Lua then raises an
  /// error that names the type and the key.
  package func index(_ body: @escaping (T, LuaValue, inout LuaCall) throws -> LuaValue?) {
    install(slot: "__index", name: "") { call in
      let object: T = try receiver(call, T.luaTypeName)
      return [try body(object, call[1], &call) ?? .nil]
    }
  }

  private func install(slot: String, name: String, _ body: @escaping LuaHostBody) {
    state.core.stage([.function(state.function(name, body))])
    try? state.core.perform { swl_type_set($0, metatable, slot, name) }
  }
}

/// The object that a method was called on.
private func receiver<T: LuaObject>(_ call: LuaCall, _ name: String) throws -> T {
  if case .object(let object) = call[0], let value = object as? T { return value }
  let message = "\(name) needs a \(T.luaTypeName) in front of ':', got \(call[0].typeName)"
  throw LuaError(kind: .runtime, message: message)
}

extension LuaState {
  /// Declares a type of host objects. Objects of an unregistered type can be passed too, but have no methods.
  ///
  /// Two Lua values of the same Swift object are equal (`==`) by identity unless `.equal` is defined; as table keys
  /// they differ.
  package func register<T: LuaObject>(_ type: T.Type, _ declare: (LuaObjectType<T>) -> Void) {
    let metatable = core.types[ObjectIdentifier(type)] ?? core.registerBare(type)
    declare(LuaObjectType<T>(state: self, metatable: metatable))
  }
}
