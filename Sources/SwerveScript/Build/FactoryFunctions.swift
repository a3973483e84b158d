import LuaRuntime
import SwerveText

/// The library's factory functions, such as anneal.cosine, which make a schedule or a loss. If a script passes the
/// function itself instead of its result, training would fail at the first step.
enum FactoryFunctions {
  /// host.maker(make, name)
  static func mark(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    guard let function = arguments[0].asFunction else { return [] }
    let (chunk, line) = function.definedAt
    host.factories.append((chunk, line, arguments[1].asString))
    return []
  }

  /// The name as scripts write it; nil for a function that is not a factory.
  static func name(of function: LuaFunction, _ host: ScriptHost) -> String? {
    let (chunk, line) = function.definedAt
    return host.factories.first { $0.line == line && $0.chunk === chunk }?.name
  }

  /// - Throws: ScriptError for the first option that holds one.
  static func check(_ options: CheckedOptions, _ host: ScriptHost) throws {
    for field in options.declaration.fields {
      try check(options[field.name], field.type, options.path(field.name), host)
    }
  }

  private static func check(_ value: CheckedValue, _ type: APIType, _ path: String, _ host: ScriptHost) throws {
    switch (value, type) {
    case (.options(let inner), _): try check(inner, host)
    case (.map(let entries), .map(let element)):
      for (name, value) in entries { try check(value, element, "\(path).\(label(name))", host) }
    case (.function(let function), _):
      guard let name = name(of: function, host) else { return }
      throw ScriptError(
        "option '\(path)' must be \(type.expectation), got the library's \(name), which makes one",
        hint: "call it with its options, as in \(name) { ... }")
    default: return
    }
  }
}
