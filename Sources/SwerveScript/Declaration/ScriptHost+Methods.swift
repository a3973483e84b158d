import LuaRuntime
import SwerveText

extension ScriptHost {
  /// The declared methods of a type, each with its arguments checked; the object itself comes first.
  func addMethods<T: LuaObject>(_ object: APIObject, to type: LuaObjectType<T>) {
    for method in object.methods {
      let name = method.name.pieces(at: ":").last ?? method.name
      type.method(name) { [self] receiver, call in
        try method.body(ValueCheck.arguments(call, method, self).with(receiver), self)
      }
    }
  }
}
