import LuaRuntime
import SwerveRL

/// What swerve.tasks makes.
final class TaskObject: LuaObject {
  static let luaTypeName = "task"
  let task: any Task

  init(_ task: any Task) { self.task = task }
}
