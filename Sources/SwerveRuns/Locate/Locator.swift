import SwerveRL
import SwerveRecords
import SwerveText

/// Finds the first tensor in which two recorded runs differ. Both runs are computed again from their last common
/// checkpoint up to the first step that differs, and that step is traced.
package enum Locator {
  /// - Parameters:
  ///   - step: the step in both runs; 0, the evaluation before the first step, means step 1.
  ///   - observers: get the events of the first re-execution of each run, to show progress.
  /// - Throws: RecordError or FileError for a run that can't be computed again; what training throws.
  package static func locate(
    _ a: RecordedRun, _ b: RecordedRun, stage: String, step: Int, observers: [any TrainingObserver] = []
  ) throws -> Location {
    let step = max(step, 1)
    let start = try commonStart(a, b, stage: stage, step: step)
    let sides = try [a, b].map { try TracedRun($0, stage: stage, step: step, limit: start) }
    for side in sides { try side.look(observers) }
    let pairs = zip(sides[0].tensors, sides[1].tensors)
    let agreeing = pairs.prefix { $0 == $1 }.count
    func location(_ finding: Location.Finding) -> Location {
      Location(stage: stage, step: step, start: start, agreeing: agreeing, finding: finding)
    }
    let firsts = sides.map { agreeing < $0.tensors.count ? $0.tensors[agreeing] : nil }
    if firsts[0] == nil && firsts[1] == nil { return location(.nothing) }
    guard let x = firsts[0], let y = firsts[1], x.name === y.name, x.shape == y.shape else {
      return location(.structure(a: text(firsts[0]), b: text(firsts[1])))
    }
    let difference = TensorDifference(
      x.name, shape: x.shape, try sides[0].values(agreeing), try sides[1].values(agreeing))
    return location(difference.map { .values($0) } ?? .nothing)
  }

  /// The latest step from which both can resume with the same weights; 0: the beginning of the stage.
  private static func commonStart(_ a: RecordedRun, _ b: RecordedRun, stage: String, step: Int) throws -> Int {
    var limit = Int.max
    while true {
      let points = try [a, b].map { try StartingPoint($0, before: step, of: stage, limit: limit).step }
      if points[0] == points[1] { return points[0] }
      limit = points.min() ?? 0
    }
  }

  private static func text(_ tensor: TracedTensor?) -> String {
    tensor.map { "\($0.name) (\($0.shape.map(String.init).joined(separator: " x ")))" } ?? "nothing more"
  }
}
