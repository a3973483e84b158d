import LuaRuntime
import SwerveRL

/// The object that the functions of swerve.tasks return. Several stages may use one; each gets a task of its own from it.
final class TaskObject: LuaObject {
  static let luaTypeName = "task"
  private let make: (TaskSetting) throws -> any Task

  /// - Parameter task: the same for every stage.
  init(_ task: any Task) { make = { _ in task } }

  init(_ draft: CustomTaskDraft) { make = { try draft.task(in: $0) } }

  /// The task for a stage.
  /// - Throws: ScriptError for a stage that can't have it.
  func task(in setting: TaskSetting) throws -> any Task { try make(setting) }
}
