import SwerveRL
import SwerveTensor
import SwerveText

extension ScriptAPI {
  /// lua/_meta/swerve.lua: what an editor needs to complete and check scripts (LuaCATS).
  package static func stubs() -> String {
    var text = """
      ---@meta swerve.host
      -- Generated from the declarations of SwerveScript; do not edit. Editors read it, nothing runs it.
      error('Cannot require a meta file')


      """
    for alias in aliases { text += "---\(alias.doc)\n---@alias \(alias.name) \(alias.type)\n" }
    text += "\n---@class swerve.WeightColumns\n"
    for weight in RuleWeight.allCases {
      text += "---@field \(weight.rawValue)? number|swerve.Tensor \(weight.doc)\n"
    }
    for options in optionTables { text += stub(options) }
    for object in objects { text += stub(object) }
    text += tensorStub
    text += "\n---@class swerve\nlocal swerve = { tasks = {} }\n"
    for function in functions { text += "\n" + stub(function) }
    return text + "\nreturn swerve\n"
  }

  /// Names of types that are not classes.
  static let aliases: [(name: String, type: String, doc: String)] = [
    (
      "swerve.Schedule", "number|fun(step: integer, metrics: table<string, number>, state: table): number",
      "A number, or a function of the step (from 1), the metrics of the step before and a table that is its memory."
    ),
    (
      "swerve.Weights", "number|swerve.Tensor|number[]|swerve.WeightColumns",
      "What a rule returns: one number for all tokens, one for each, or a table with several columns."
    ),
    ("swerve.Loss", lossType, "What to descend, a scalar, and parts of it to log."),
    ("swerve.Stop", stopType, "Whether a stage ends after a step with these metrics, and why."),
  ]

  private static func stub(_ options: APIOptions) -> String {
    var text = "\n---\(options.doc)\n---@class \(options.name)\n"
    for field in options.fields {
      var notes = [field.doc]
      if let range = field.type.rangeText { notes.append(range) }
      if let fallback = field.defaultText { notes.append("default: \(fallback)") }
      text +=
        "---@field \(field.name)\(field.isRequired ? "" : "?") \(field.type.luaCATS) \(notes.joined(separator: "; "))\n"
    }
    return text
  }

  private static func stub(_ object: APIObject) -> String {
    let name = className(object.name)
    var text = "\n---\(object.doc)\n---@class \(name)\n"
    if object.name === OptionsObject.luaTypeName { text += "---@field [string] any\n" }
    if object.name === DataObject.luaTypeName { text += "---@field [integer] table\n---@operator len: integer\n" }
    if object.name === CoefficientsObject.luaTypeName { text += "---@field [string] number\n" }
    if object.name === RuleObject.luaTypeName { text += "---@overload \(ruleType)\n" }
    for field in object.fields { text += "---@field \(field.name) \(field.type) \(field.doc)\n" }
    guard !object.methods.isEmpty else { return text }
    text += "local \(object.name) = {}\n"
    for method in object.methods { text += "\n" + stub(method) }
    return text
  }

  private static func stub(_ function: APIFunction) -> String {
    var text = "---\(function.doc)\n"
    for parameter in function.parameters {
      text += trimmed("---@param \(parameter.name) \(parameter.type.luaCATS) \(parameter.doc)") + "\n"
    }
    for result in function.results { text += trimmed("---@return \(result.type) \(result.doc)") + "\n" }
    return text + "function \(function.name)(\(function.parameters.map(\.name).joined(separator: ", "))) end\n"
  }

  private static func trimmed(_ line: String) -> String { line.start(before: " ") ?? line }

  /// "swerve.Tensor" for "tensor".
  static func className(_ type: String) -> String {
    "swerve." + type.leading(1).uppercased() + String(type.unicodeScalars.dropFirst())
  }

  private static var tensorStub: String {
    var text = "\n---Numbers of one shape: a scalar, one for each token, or V for each token. Never changed in place.\n"
    text += "---@class swerve.Tensor\n"
    for name in ["add", "sub", "mul", "div", "pow"] {
      text += "---@operator \(name)(number|swerve.Tensor): swerve.Tensor\n"
    }
    text += "---@operator unm: swerve.Tensor\nlocal tensor = {}\n"
    for operation in TensorOperation.all {
      text += "\n---\(operation.luaDoc)\n"
      let parameters = operation.parameters.dropFirst()
      for parameter in parameters {
        text += "---@param \(parameter.name)\(parameter.isOptional ? "?" : "") \(parameter.luaCATS)\n"
      }
      text += "---@return \(operation.luaResult)\n"
      text += "function tensor:\(operation.name)(\(parameters.map(\.name).joined(separator: ", "))) end\n"
    }
    return text
  }
}

extension TensorOperation {
  /// The tape counts rows and positions from 0, Lua from 1.
  var luaDoc: String { doc.replacingExactly("(all from 0)", with: "(row and position from 1, entry from 0)") }

  var luaResult: String { name == "count" ? "integer" : returnsNumber ? "number" : "swerve.Tensor" }
}

extension TensorOperation.Parameter {
  var luaCATS: String {
    switch kind {
    case .tensor: "number|swerve.Tensor"
    case .index: "integer"
    case .number: "number"
    }
  }
}

extension APIType {
  /// The type as editors know it.
  var luaCATS: String {
    switch self {
    case .number: "number"
    case .integer: "integer"
    case .boolean: "boolean"
    case .string, .message: "string"
    case .choice(let choices): choices.map { "\"\($0)\"" }.joined(separator: "|")
    case .schedule: "swerve.Schedule"
    case .function(let type), .any(let type): type
    case .options(let options): options.name
    case .map(let element): "table<string, \(element.luaCATS)>"
    case .integerPair: "integer[]"
    case .object(let name): ScriptAPI.className(name)
    case .numbers: "number[]"
    case .strings: "string[]"
    case .either(let types):
      types.map { $0.luaCATS.beginsExactly(with: "fun") ? "(\($0.luaCATS))" : $0.luaCATS }.joined(separator: "|")
    }
  }

  /// The range, if it says more than the type.
  var rangeText: String? {
    switch self {
    case .number(let range), .schedule(let range): range == .any ? nil : range.description
    case .integer(let range), .integerPair(let range):
      range.upperBound == .max ? "at least \(range.lowerBound)" : "in [\(range.lowerBound), \(range.upperBound)]"
    case .map(let element): element.rangeText.map { "each \($0)" }
    default: nil
    }
  }
}
