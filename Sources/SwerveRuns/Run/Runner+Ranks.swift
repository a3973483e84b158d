import LuaRuntime
import SwerveRL
import SwerveTensor
import SwerveText

extension Runner {
  /// What ranks other than 0 do of a run: they compute their share, and write nothing.
  /// - Parameter script: of a new run; nil: rank 0 resumes one, and says which.
  /// - Returns: false where the run was stopped.
  /// - Throws: what rank 0 throws, and RankError.
  package static func follow(
    _ script: LoadedScript?, threads: Int, seconds: Int = LuaLimits().seconds, watchers: Watchers
  ) throws -> Bool {
    let communicator = watchers.communicator
    var (loaded, resumption) = (script, ExperimentResumption?.none)
    if script == nil {
      guard let path = communicator.announced() else { return true }
      let stopped = try StoppedRun.resumption(ofLocked: path, threads: threads, seconds: seconds, output: { _ in })
      (loaded, resumption) = (stopped.script, stopped.resumption)
    }
    guard let loaded else { return true }
    try RankAgreement.require(loaded, communicator)
    let group = ObserverGroup(watchers.observers)
    do {
      try loaded.run(RankObserver(group, communicator), from: resumption, communicator: communicator)
    } catch is TrainingCancelled {
      return false
    }
    return true
  }
}

extension Communicator {
  /// Rank 0 tells the others a text; an empty one: there is nothing to do.
  func announce(_ text: String) { if !isAlone { _ = all(Array(text.utf8)) } }

  /// What rank 0 announces; nil: there is nothing to do.
  func announced() -> String? {
    let bytes = all([UInt8]())[0]
    return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
  }
}
