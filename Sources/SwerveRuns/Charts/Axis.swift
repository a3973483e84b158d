/// The range of an axis and round places on it.
struct Axis {
  let low: Double
  let high: Double

  init(low: Double, high: Double) {
    self.low = low
    self.high = high > low ? high : low + 1
  }

  func share(_ value: Double) -> Double { (value - low) / (high - low) }

  /// Multiples of 1, 2 or 5 times a power of ten, about five of them.
  var ticks: [Double] {
    var step = 1.0
    while step * 5 > high - low { step /= 10 }
    while step * 50 < high - low { step *= 10 }
    for factor in [10.0, 5, 2] where (high - low) / (step * factor) >= 4 {
      step *= factor
      break
    }
    var ticks: [Double] = []
    var index = (low / step).rounded(.up)
    while index * step <= high + step / 1000 {
      ticks.append(index * step)
      index += 1
    }
    return ticks
  }
}
