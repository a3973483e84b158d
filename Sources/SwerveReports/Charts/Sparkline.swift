/// A row of bars, one for each number: "▁▃▅▇█". It shows the trend of a metric.
package struct Sparkline {
  private static let bars = Array("▁▂▃▄▅▆▇█")
  private let width: Int
  private var values: [Double] = []

  /// - Parameter width: the number of latest values that are shown.
  package init(width: Int) { self.width = width }

  /// Numbers that aren't finite are left out.
  package mutating func add(_ value: Double) {
    guard value.isFinite else { return }
    values.append(value)
    if values.count > width { values.removeFirst() }
  }

  /// The smallest number has the smallest bar, the largest number the largest bar. If all are equal, all have the
  /// smallest bar.
  package var text: String {
    guard let least = values.min(), let most = values.max() else { return "" }
    return String(
      values.map { value in
        let share = most > least ? (value - least) / (most - least) : 0
        return Self.bars[min(Int(share * Double(Self.bars.count)), Self.bars.count - 1)]
      })
  }
}
