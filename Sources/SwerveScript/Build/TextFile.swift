import LuaRuntime
import SwerveText

/// swerve.text
enum TextFile {
  private static let ending = ".txt"
  private static let mostBytes = 1 << 20

  static func read(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    let path = arguments[0].asString
    let file = try ScriptPath.file(path, function: "swerve.text", ending: ending, atMost: mostBytes, host)
    return [.string(file.text)]
  }
}
