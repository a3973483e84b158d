import LuaRuntime
import SwerveText

/// The object that swerve.options returns. It is read-only, so that the recorded values are the values that were used.
final class OptionsObject: LuaDescribed {
  static let luaTypeName = "options"
  let values: [(name: String, value: OptionValue)]

  var luaDescription: [UInt8] {
    values.flatMap { name, value in
      let text = "\(value)"
      return Array("\(name)=\(text.utf8.count):\(text);".utf8)
    }
  }

  init(_ values: [(name: String, value: OptionValue)]) { self.values = values }

  static func value(_ object: OptionsObject, _ key: LuaValue, _ call: inout LuaCall) throws -> LuaValue? {
    let name = key.asString.map(label) ?? shown(key)
    if let found = object.values.first(where: { $0.name === name }) { return found.value.lua }
    let known = object.values.map(\.name)
    throw ScriptError(
      "no option '\(name)' was declared" + didYouMean(name, among: known),
      hint: "swerve.options declares " + known.joined(separator: ", "))
  }
}
