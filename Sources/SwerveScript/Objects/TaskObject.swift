import LuaRuntime
import SwerveRL

/// The object that the functions of swerve.tasks return.
final class TaskObject: LuaObject {
  static let luaTypeName = "task"
  let task: any Task

  init(_ task: any Task) { self.task = task }
}
