import LuaRuntime
import SwerveText

/// Checks what a script passed against its declaration. Every error names the option or argument, the value found and
/// what was expected.
enum ValueCheck {
  /// The most names in a table. Lookups by name are linear, so a script must not be able to make them slow.
  private static let mostNames = 1000

  /// The arguments of a call.
  /// - Throws: ScriptError without a place; LuaRuntime adds the place of the call.
  static func arguments(_ call: LuaCall, _ function: APIFunction, _ host: ScriptHost) throws -> CheckedArguments {
    let parameters = function.parameters
    if call.arguments.count > parameters.count {
      let expected = parameters.count == 1 ? "1 argument" : "\(parameters.count) arguments"
      // If f.g { ... } is written as f:g { ... }, f itself is passed, too.
      let isColon =
        call.arguments.count == parameters.count + 1 && call[0].asTable != nil && !function.name.containsExactly(":")
      throw ScriptError(
        "\(function.name) takes \(expected), got \(call.arguments.count)",
        hint: isColon ? "is it called with a colon? Write \(function.name), with a dot" : nil)
    }
    let values = try parameters.enumerated().map { index, parameter in
      // Functions that take a table of options are called as f { ... }; the errors then speak of options.
      if case .options(let options) = parameter.type, case .table(let table) = call[index] {
        return CheckedValue.options(try self.options(table, options, function: function.name, prefix: ""))
      }
      return try field(call[index], parameter, kind: "argument", path: parameter.name, function: function.name)
    }
    let caller = call.caller
    let place = host.place(chunk: caller.chunk, line: caller.line) ?? ScriptPlace(file: "the host", line: 0)
    return CheckedArguments(values: values, place: place, state: call.state)
  }

  /// A table of options.
  /// - Parameter prefix: the path of the table, such as "kl."; empty at the top level.
  static func options(
    _ table: LuaTable, _ declaration: APIOptions, function: String, prefix: String
  ) throws -> CheckedOptions {
    let known = declaration.fields.map(\.name)
    for (key, _) in table.sortedPairs() {
      guard case .string(let name) = key else {
        let owner = prefix.isEmpty ? function : "option '\(prefix.start(before: ".") ?? prefix)' of \(function)"
        throw ScriptError("\(owner) takes named options, got a value without a name (key \(shown(key)))")
      }
      guard known.containsExactly(name) else {
        throw ScriptError(
          "unknown option '\(prefix)\(label(name))' of \(function)" + didYouMean(name, among: known),
          hint: "\(function)\(prefix.isEmpty ? "" : "'s \(prefix.start(before: ".") ?? prefix)") takes "
            + known.joined(separator: ", "))
      }
    }
    let values = try declaration.fields.map {
      try field(table.get($0.name), $0, kind: "option", path: prefix + $0.name, function: function)
    }
    let given = known.filter { !table.get($0).isNil }
    return CheckedOptions(declaration: declaration, prefix: prefix, values: values, given: given)
  }

  private static func field(
    _ value: LuaValue, _ field: APIField, kind: String, path: String, function: String
  ) throws -> CheckedValue {
    let given = value.isNil ? field.fallback : value
    if given.isNil {
      if !field.isRequired { return .absent }
      throw ScriptError(
        "\(kind) '\(path)' of \(function) is missing; it must be \(field.type.expectation)",
        hint: field.doc.isEmpty ? nil : "\(path): \(field.doc)")
    }
    return try self.value(given, field.type, kind: kind, path: path, function: function)
  }

  private static func value(
    _ value: LuaValue, _ type: APIType, kind: String, path: String, function: String
  ) throws -> CheckedValue {
    switch (type, value) {
    case (.options(let declaration), .table(let table)):
      return .options(try options(table, declaration, function: function, prefix: path + "."))
    case (.map(let element), .table(let table)):
      return .map(try map(table, element, kind: kind, path: path, function: function))
    case (.either(let types), _):
      if let fitting = types.first(where: { $0.takes(value) }) {
        return try self.value(value, fitting, kind: kind, path: path, function: function)
      }
    case (.numbers, .table(let table)):
      if table.isSequence, let numbers = try? table.doubles() { return .numbers(numbers) }
    case (.strings, .table(let table)):
      let texts = table.elements().compactMap(\.asString)
      if table.isSequence, texts.count == table.count { return .strings(texts) }
    default:
      if let simple = type.simple(value) { return simple }
    }
    var suggestion = ""
    // Shorter words are nearly all similar to each other.
    if case .choice(let choices) = type, let text = value.asString, text.utf8.count > 3 {
      suggestion = didYouMean(text, among: choices)
    }
    throw ScriptError(
      "\(kind) '\(path)' must be \(type.expectation(of: value)), got \(shown(value))\(suggestion)",
      hint: ValueHint.forOption(path, value))
  }

  private static func map(
    _ table: LuaTable, _ element: APIType, kind: String, path: String, function: String
  ) throws -> [(name: String, value: CheckedValue)] {
    let entries = table.sortedPairs()
    guard entries.count <= mostNames else {
      throw ScriptError("\(kind) '\(path)' must have at most \(mostNames) names, got \(entries.count)")
    }
    return try entries.map { key, value in
      guard case .string(let name) = key else {
        throw ScriptError("\(kind) '\(path)' must map names to values, got the key \(shown(key))")
      }
      return (name, try self.value(value, element, kind: kind, path: "\(path).\(label(name))", function: function))
    }
  }
}

extension APIType {
  /// The value if it is of a type without parts and fits.
  fileprivate func simple(_ value: LuaValue) -> CheckedValue? {
    switch (self, value) {
    case (.number(let range), _), (.schedule(let range), _):
      if case .schedule = self, case .function(let function) = value { return .function(function) }
      // Training computes in single precision, so a number is out of range if its rounded value is.
      return value.asDouble.flatMap { range.contains($0) && range.contains(Double(Float($0))) ? .number($0) : nil }
    case (.integer(let range), _):
      return value.asInteger.flatMap { Int(exactly: $0) }.flatMap { range.contains($0) ? .integer($0) : nil }
    case (.boolean, .boolean(let flag)): return .boolean(flag)
    case (.string, .string(let text)): return .string(text)
    case (.message, _): return value.asShownString.map { .string($0) }
    case (.choice(let choices), .string(let text)): return choices.containsExactly(text) ? .string(text) : nil
    case (.function, .function(let function)): return .function(function)
    case (.object(let name), .object(let object)):
      return type(of: object).luaTypeName === name ? .object(object) : nil
    case (.integerPair(let range), .table(let table)):
      guard table.isSequence, table.count == 2, let low = table.get(1).asInteger, let high = table.get(2).asInteger,
        low <= high, range.contains(Int(low)), range.contains(Int(high))
      else { return nil }
      return .integerPair(Int(low)...Int(high))
    case (.any, _): return .any(value)
    default: return nil
    }
  }

  /// Whether a value has this type's Lua type. Its range does not matter.
  fileprivate func takes(_ value: LuaValue) -> Bool {
    switch (self, value) {
    case (.number, .number), (.number, .integer), (.integer, .number), (.integer, .integer), (.schedule, .number),
      (.schedule, .integer), (.schedule, .function), (.boolean, .boolean), (.string, .string), (.message, .string),
      (.message, .bytes), (.choice, .string),
      (.function, .function), (.options, .table), (.map, .table), (.integerPair, .table), (.numbers, .table),
      (.strings, .table), (.any, _):
      true
    case (.object(let name), .object(let object)): type(of: object).luaTypeName === name
    default: false
    }
  }

  /// The words after "must be", for the value that was found. For a number they mention only the range.
  fileprivate func expectation(of value: LuaValue) -> String {
    switch self {
    case .number(let range), .schedule(let range):
      value.asDouble.map { range.description(for: $0) } ?? expectation
    default: expectation
    }
  }

  /// The words after "must be".
  var expectation: String {
    switch self {
    case .number(let range): range.numberDescription
    case .integer(let range):
      range.upperBound == .max
        ? "a whole number of at least \(range.lowerBound)"
        : "a whole number in [\(range.lowerBound), \(range.upperBound)]"
    case .boolean: "true or false"
    case .string, .message: "a string"
    case .choice(let choices): "one of " + choices.map { "\"\($0)\"" }.joined(separator: ", ")
    case .schedule(let range): "\(range.numberDescription) or a function that gives one"
    case .function: "a function"
    case .options: "a table of options"
    case .map: "a table of names and values"
    case .integerPair(let range):
      "two whole numbers {lo, hi} in [\(range.lowerBound), \(range.upperBound)], lo at most hi"
    case .object(let name) where name === "task": "a task, such as swerve.tasks.addition { ... }"
    case .object(let name): "a \(name)"
    case .numbers: "a list of numbers"
    case .strings: "a list of strings"
    case .either(let types): types.map(\.expectation).joined(separator: " or ")
    case .any(let type): type
    }
  }
}

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
