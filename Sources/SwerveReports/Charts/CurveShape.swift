/// What a picture keeps of a long curve.
enum CurveShape {
  /// The indices of the points that a picture needs: of each column of pixels the first, the last, the lowest and the
  /// highest point. The line through them covers the same pixels as the line through all points (M4; Jugel et al. 2014,
  /// PVLDB 7).
  /// - Parameters:
  ///   - values: finite.
  ///   - columns: 1 or more; the points are divided evenly among them.
  /// - Returns: rising indices, at most four for each column; all of them if there are no more than that.
  static func thinned(_ values: [Double], columns: Int) -> [Int] {
    if values.count <= 4 * columns { return Array(values.indices) }
    return buckets(values.count, columns).flatMap { bucket in
      let lowest = bucket.min { values[$0] < values[$1] } ?? bucket.lowerBound
      let highest = bucket.max { values[$0] < values[$1] } ?? bucket.lowerBound
      return [bucket.lowerBound, min(lowest, highest), max(lowest, highest), bucket.upperBound - 1]
    }.reduce(into: []) { kept, index in
      if kept.last != index { kept.append(index) }
    }
  }

  /// Ranges of nearly equal length that cover the indices of `count` points.
  static func buckets(_ count: Int, _ columns: Int) -> [Range<Int>] {
    (0..<columns).map { count * $0 / columns..<count * ($0 + 1) / columns }.filter { !$0.isEmpty }
  }

  /// Indices at equal distances, with the first and the last one.
  /// - Parameter most: 2 or more.
  /// - Returns: at most `most` indices and the last one.
  static func evenly(_ count: Int, most: Int) -> (indices: [Int], stride: Int) {
    if count <= most { return (Array(0..<count), 1) }
    let stride = (count + most - 1) / most
    let indices = Array(Swift.stride(from: 0, to: count, by: stride))
    return (indices.last == count - 1 ? indices : indices + [count - 1], stride)
  }

  /// The mean of the values around each value: `window / 2` on each side, or as many as there are. Between the ends it has
  /// no lag, unlike an exponential mean.
  /// - Parameters:
  ///   - values: finite.
  ///   - window: odd; 1 gives the values themselves.
  static func runningMean(_ values: [Double], window: Int) -> [Double] {
    guard window > 1, let first = values.first else { return values }
    // Sums relative to the first value, so that equal values stay as they are.
    var sums = [0.0]
    sums.reserveCapacity(values.count + 1)
    for value in values { sums.append(sums[sums.count - 1] + (value - first)) }
    return values.indices.map { index in
      let (low, high) = (max(0, index - window / 2), min(values.count, index + window / 2 + 1))
      return first + (sums[high] - sums[low]) / Double(high - low)
    }
  }

  /// The window that smooths a noisy curve of so many values to about fifty independent ones; 1 for a short curve.
  static func window(_ count: Int) -> Int { count < 150 ? 1 : count / 50 | 1 }
}
