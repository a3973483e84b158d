import LuaRuntime
import SwerveText

extension ScriptHost {
  /// Adds the declared methods of a type. The arguments of each are checked; the object itself is the first argument.
  func addMethods<T: LuaObject>(_ object: APIObject, to type: LuaObjectType<T>) {
    for method in object.methods {
      let name = method.name.pieces(at: ":").last ?? method.name
      type.method(name) { [self] receiver, call in
        try method.body(ValueCheck.arguments(call, method, self).with(receiver), self)
      }
    }
  }
}
