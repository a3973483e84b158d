import SwerveFiles
import SwerveText

/// Shows pending changes one by one and asks what to do: accept with a reason, reject, skip, or quit.
package struct ReviewSession {
  package struct Tally: Equatable, Sendable {
    package fileprivate(set) var accepted = 0
    package fileprivate(set) var rejected = 0
    package fileprivate(set) var skipped = 0
  }

  private let changes: [PendingChange]
  private let isCI: Bool
  private let show: (String) -> Void
  private let ask: (String) -> String?

  /// - Parameters:
  ///   - show: writes a text of whole lines.
  ///   - ask: writes a question and reads a line; nil, at the end of the input, quits.
  package init(
    _ changes: [PendingChange], isCI: Bool, show: @escaping (String) -> Void, ask: @escaping (String) -> String?
  ) {
    self.changes = changes
    self.isCI = isCI
    self.show = show
    self.ask = ask
  }

  /// - Throws: what accepting or rejecting throws; decisions made before stand.
  package func run() throws -> Tally {
    var tally = Tally()
    for (index, change) in changes.enumerated() {
      show("\n\(change.name) (\(index + 1) of \(changes.count))\n")
      show(Self.difference(change).indented(by: 2))
      guard try decide(change, &tally) else {
        tally.skipped += changes.count - index
        break
      }
    }
    return tally
  }

  /// Describes what would change. If a file can't be read, it gives the reason, because the change can still be
  /// rejected.
  package static func difference(_ change: PendingChange) -> String {
    do { return try change.difference() } catch { return "error: \(error)\n" }
  }

  /// Returns false to quit.
  private func decide(_ change: PendingChange, _ tally: inout Tally) throws -> Bool {
    while true {
      guard let answer = ask("accept, reject, skip or quit? [a/r/s/q] ") else { return false }
      switch answer.pieces(at: " ").joined().lowercased() {
      case "a", "accept":
        guard let reason = ask("reason: ") else { return false }
        guard !reason.isBlank else {
          show("  a change is only accepted for a reason; it is kept with the golden\n")
          continue
        }
        try change.accept(reason: reason, isCI: isCI)
        tally.accepted += 1
        show("accepted \(change.name): \(change.replaces)\n")
        return true
      case "r", "reject":
        try change.reject(isCI: isCI)
        tally.rejected += 1
        show("rejected \(change.name)\n")
        return true
      case "s", "skip":
        tally.skipped += 1
        return true
      case "q", "quit": return false
      default: show("  a: make it the golden; r: remove it; s: decide later; q: quit\n")
      }
    }
  }
}
