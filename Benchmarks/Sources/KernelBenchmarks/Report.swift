import Glibc

/// Measures groups of calls, and the machine's limits before and after each: the clock rate of a shared machine changes
/// by a tenth from minute to minute.
final class Report {
  struct Row {
    let kernel: String
    let shape: String
    /// The parts, which run one after the other; empty where there is no limit to compare with.
    let parts: [Work]
    let result: Timer.Result
  }

  let timer: Timer
  private var rows: [Row] = []
  private var groups: [(rows: [Row], limits: Limits)] = []
  private var measured: [Limits]

  init(timer: Timer) {
    self.timer = timer
    measured = [Limits.measured(timer)]
  }

  func run(_ group: (Report) -> Void) {
    group(self)
    measured.append(Limits.measured(timer))
    groups.append((rows, measured[measured.count - 2].best(measured[measured.count - 1])))
    rows = []
  }

  func measure(_ kernel: String, _ shape: String, _ parts: Work..., body: @escaping () -> Void) {
    Self.live("\(kernel) \(shape)")
    rows.append(Row(kernel: kernel, shape: shape, parts: parts, result: timer.time(body)))
    Self.live("")
  }

  /// Replaces the line that says what is being measured, on a terminal.
  private static func live(_ text: String) {
    if isatty(2) == 1 { _ = "\u{1B}[2K\r\(text)".withCString { write(2, $0, strlen($0)) } }
  }

  /// Every limit: the least and the most that was measured in this run.
  var limitTable: String {
    let all = measured.map(\.all)
    let rows = all[0].indices.map { place in
      let rates = all.map { $0[place].rate }
      return [all[0][place].name, Self.text(rates.min() ?? 0), Self.text(rates.max() ?? 0), all[0][place].unit]
    }
    return Self.table([["LIMIT", "LEAST", "MOST", "UNIT"]] + rows, texts: [0, 3])
  }

  /// One line for each call: rate and share are those of its best time.
  var kernelTable: String {
    let rows = groups.flatMap { group in group.rows.map { cells($0, group.limits) } }
    let head = ["KERNEL", "SHAPE", "BEST", "MEDIAN", "RATE", "UNIT", "LIMIT", "SHARE"]
    return Self.table([head] + rows, texts: [0, 1, 5, 6])
  }

  private func cells(_ row: Row, _ limits: Limits) -> [String] {
    let times = [row.kernel, row.shape, Self.text(seconds: row.result.best), Self.text(seconds: row.result.median)]
    if row.parts.isEmpty { return times + ["", "", "", ""] }
    let bound = limits.bound(row.parts)
    let share = Int((100 * bound.seconds / row.result.best).rounded())
    return times + [Self.text(bound.amount / row.result.best * 1e-9), bound.unit, bound.name, "\(share) %"]
  }

  /// Three digits or so.
  private static func text(_ value: Double) -> String {
    if value >= 99.5 { return "\(Int(value.rounded()))" }
    let scale = value >= 9.95 ? 10.0 : 100.0
    return "\((value * scale).rounded() / scale)"
  }

  private static func text(seconds: Double) -> String {
    if seconds < 1e-6 { return "\(text(seconds * 1e9)) ns" }
    return seconds < 1e-3 ? "\(text(seconds * 1e6)) us" : "\(text(seconds * 1e3)) ms"
  }

  /// Columns as wide as needed. Numbers (all columns but the texts) are aligned to the right.
  private static func table(_ rows: [[String]], texts: Set<Int>) -> String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        let space = String(repeating: " ", count: widths[column] - cell.count)
        line += (column > 0 ? "  " : "") + (texts.contains(column) ? cell + space : space + cell)
      }
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }.joined()
  }
}
