/// A Swift function that scripts can call. When it throws, its frame ends first; then the error is raised at the
/// script's call with "chunk:line: " in front of `String(describing: error)`. The script's pcall can catch it.
package typealias LuaHostBody = (inout LuaCall) throws -> [LuaValue]

/// One call of a host function.
package struct LuaCall {
  /// What the script passed. For a method, the object itself is left out.
  package let arguments: [LuaValue]
  /// The state that is running. A host function may call Lua functions in it.
  package let state: LuaState

  /// Argument `index` from 0; nil where the script passed fewer.
  package subscript(index: Int) -> LuaValue {
    index < arguments.count ? arguments[index] : .nil
  }

  /// "chunk:line" of the script's call, or "" when no script is involved.
  package var callerLocation: String {
    let place = caller
    return place.chunk.isEmpty ? "" : "\(place.chunk):\(place.line)"
  }

  /// Chunk and line of the script's call; "" and 0 when no script is involved.
  package var caller: (chunk: String, line: Int) { state.core.caller }
}

/// The Swift function that a Lua function retains.
final class HostFunction {
  let body: LuaHostBody

  init(_ body: @escaping LuaHostBody) { self.body = body }
}

/// What a full userdata retains. It is a class of its own so that reading it back needs no dynamic cast.
final class ObjectBox {
  let object: any LuaObject

  init(_ object: any LuaObject) { self.object = object }
}
