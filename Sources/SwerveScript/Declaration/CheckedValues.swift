import LuaRuntime
import SwerveText

/// A value that fits its declaration.
indirect enum CheckedValue {
  case absent
  case number(Double)
  case integer(Int)
  case boolean(Bool)
  case string(String)
  case function(LuaFunction)
  case options(CheckedOptions)
  case map([(name: String, value: CheckedValue)])
  case integerPair(ClosedRange<Int>)
  case object(any LuaObject)
  case numbers([Double])
  case strings([String])
  case any(LuaValue)

  var isAbsent: Bool {
    if case .absent = self { true } else { false }
  }
}

/// A table of options that fits its declaration. Reading an option that was never declared, or with a type other than
/// the declared one, is a bug in this module and traps.
struct CheckedOptions {
  let declaration: APIOptions
  /// The path of the table, such as "kl." for `kl = { ... }`; empty at the top level.
  let prefix: String
  fileprivate let values: [CheckedValue]
  /// The names that the script wrote; the others have their defaults.
  private let given: [String]

  init(declaration: APIOptions, prefix: String, values: [CheckedValue], given: [String]) {
    self.declaration = declaration
    self.prefix = prefix
    self.values = values
    self.given = given
  }

  subscript(_ name: String) -> CheckedValue {
    guard let index = declaration.fields.firstIndex(where: { $0.name === name }) else {
      preconditionFailure("\(declaration.name) declares no option \(name)")
    }
    return values[index]
  }

  func has(_ name: String) -> Bool { !self[name].isAbsent }
  /// Whether the script itself gives the option; `has` is true for defaults, too.
  func isGiven(_ name: String) -> Bool { given.containsExactly(name) }

  func number(_ name: String) -> Double { self[name].asNumber }
  func float(_ name: String) -> Float { Float(number(name)) }
  func integer(_ name: String) -> Int { self[name].asInteger }
  func boolean(_ name: String) -> Bool { self[name].asBoolean }
  func string(_ name: String) -> String { self[name].asString }
  /// nil if it was left out.
  func options(_ name: String) -> CheckedOptions? {
    if case .options(let options) = self[name] { options } else { nil }
  }
  /// Sorted by name; empty if it was left out.
  func map(_ name: String) -> [(name: String, value: CheckedValue)] {
    if case .map(let entries) = self[name] { entries } else { [] }
  }

  /// The full name of an option, as errors show it: "kl.coef".
  func path(_ name: String) -> String { prefix + name }
}

/// Arguments that fit the parameters of a function.
struct CheckedArguments {
  let values: [CheckedValue]
  /// The place of the call in the script.
  let place: ScriptPlace
  /// The state that is running.
  let state: LuaState

  subscript(_ index: Int) -> CheckedValue { values[index] }

  /// The same arguments, with the object of a method in front.
  func with(_ receiver: any LuaObject) -> CheckedArguments {
    CheckedArguments(values: [.object(receiver)] + values, place: place, state: state)
  }

  /// The table of options that a function takes as its only argument.
  var options: CheckedOptions {
    guard case .options(let options)? = values.first else { preconditionFailure("the function takes no options") }
    return options
  }
}

extension CheckedValue {
  /// A number or a whole number.
  var asNumber: Double {
    switch self {
    case .number(let value): value
    case .integer(let value): Double(value)
    default: preconditionFailure("declared as something other than a number")
    }
  }

  var asInteger: Int {
    guard case .integer(let value) = self else { preconditionFailure("not declared as a whole number") }
    return value
  }

  var asBoolean: Bool {
    guard case .boolean(let value) = self else { preconditionFailure("not declared as a boolean") }
    return value
  }

  var asString: String {
    guard case .string(let value) = self else { preconditionFailure("not declared as a string") }
    return value
  }

  var asFunction: LuaFunction? {
    if case .function(let value) = self { value } else { nil }
  }

  /// A value that was declared as `any`, unchanged; nil if it was left out.
  var lua: LuaValue {
    if case .any(let value) = self { value } else { .nil }
  }

  func asObject<T: LuaObject>(_ type: T.Type = T.self) -> T? {
    if case .object(let value) = self { value as? T } else { nil }
  }
}
