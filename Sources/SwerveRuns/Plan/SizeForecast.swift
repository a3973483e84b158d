import SwerveFiles
import SwerveModel
import SwerveRL
import SwerveText

/// The memory and the disk that a run of a script is likely to take, in bytes.
package struct SizeForecast {
  /// At its most, and the stage that takes it; nil where it is not known without calling hooks.
  let memory: (bytes: Int, stage: String)?
  let threads: Int
  /// Checkpoints that the run keeps.
  let checkpoints: Int
  /// The largest snapshot, and the stage until whose end it is there.
  let snapshot: (bytes: Int, stage: String)

  /// The program itself, with a script in it.
  private static let program = 24 << 20

  /// - Parameter callsHooks: lengths of texts are found by drawing some.
  /// - Throws: what a task throws.
  package init(_ script: LoadedScript, callsHooks: Bool) throws {
    threads = script.settings.threads
    var memory: (bytes: Int, stage: String)?
    var (finished, checkpoints) = (0, 0)
    var snapshot = (bytes: 0, stage: "")
    // Models of files that adapters of finished stages hold.
    var held: [String] = []
    for (stage, model) in zip(script.plan.stages, script.models.map(\.configuration)) {
      let cost = try callsHooks ? stage.cost(seed: script.settings.seed) : StageCost()
      let size = stage.size(cost, source: model, threads: threads)
      var source = 0
      if case .checkpoint(let path) = stage.source, !held.containsExactly(path) {
        var whole = model
        whole.adapters = nil
        let estimate = MemoryEstimate(whole, threads: threads)
        source = estimate.weights + (model.adapters == nil ? estimate.panelsInTurns : estimate.panels)
        if model.adapters != nil { held.append(path) }
      }
      let bytes = Self.program + finished + source + size.memory
      if bytes > memory?.bytes ?? 0 { memory = (bytes, stage.name) }
      if size.snapshot > snapshot.bytes { snapshot = (size.snapshot, stage.name) }
      finished += size.result + (model.adapters == nil ? 0 : source)
      checkpoints += size.checkpoint
    }
    self.memory = callsHooks ? memory : nil
    self.checkpoints = checkpoints
    self.snapshot = snapshot
  }

  /// Names and texts, for people.
  var rows: [[String]] {
    let disk = [
      "disk",
      "about \(Self.text(checkpoints)) of checkpoints, and a snapshot of \(Self.text(snapshot.bytes)) until stage "
        + "\(snapshot.stage) ends",
    ]
    guard let memory else { return [disk] }
    let threads = "\(threads) thread\(threads == 1 ? "" : "s")"
    return [["memory", "about \(Self.text(memory.bytes)) with \(threads), in stage \(memory.stage)"], disk]
  }

  private static func text(_ bytes: Int) -> String {
    let value = Double(bytes)
    switch bytes {
    case 1_000_000_000...: return DisplayNumber.short(value / 1e9, digits: 2) + " GB"
    case 1_000_000...: return DisplayNumber.short(value / 1e6, digits: 2) + " MB"
    default: return DisplayNumber.short(value / 1e3, digits: 2) + " kB"
    }
  }
}
