/// How far a sweep has come: "7/16, 2 failed, 3:20 left".
package struct SweepProgress {
  private let total: Int
  /// Members that ended, those of earlier calls included.
  private var ended: Int
  /// Members that ended in this call.
  private var endedNow = 0
  private var failed = 0

  /// - Parameter complete: members that earlier calls have run.
  package init(total: Int, complete: Int) {
    self.total = total
    ended = complete
  }

  /// A member ended.
  package mutating func add(isFailure: Bool) {
    ended += 1
    endedNow += 1
    if isFailure { failed += 1 }
  }

  /// - Parameter seconds: since the call began. The rest is taken to go on at the same speed.
  package func text(seconds: Double) -> String {
    let rest = total - ended
    let left = rest > 0 && endedNow > 0 ? ProgressLine.clock(seconds / Double(endedNow) * Double(rest)) : nil
    return ["\(ended)/\(total)", failed > 0 ? "\(failed) failed" : nil, left.map { "\($0) left" }]
      .compactMap(\.self).joined(separator: ", ")
  }
}
