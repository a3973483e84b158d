/// A row of bars, one for each number: "▁▃▅▇█". For a glance at how a metric goes.
package struct Sparkline {
  private static let bars = Array("▁▂▃▄▅▆▇█")
  private let width: Int
  private var values: [Double] = []

  /// - Parameter width: how many of the latest numbers are shown.
  package init(width: Int) { self.width = width }

  /// Numbers that aren't finite are left out.
  package mutating func add(_ value: Double) {
    guard value.isFinite else { return }
    values.append(value)
    if values.count > width { values.removeFirst() }
  }

  /// From the smallest bar at the least of the numbers to the largest at the most; all equal: the smallest.
  package var text: String {
    guard let least = values.min(), let most = values.max() else { return "" }
    return String(
      values.map { value in
        let share = most > least ? (value - least) / (most - least) : 0
        return Self.bars[min(Int(share * Double(Self.bars.count)), Self.bars.count - 1)]
      })
  }
}
