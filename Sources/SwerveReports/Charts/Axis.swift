/// The range of an axis and round numbers on it.
struct Axis {
  let low: Double
  let high: Double

  /// Makes the bounds finite and different, even if they are so large that adding 1 changes nothing. A record may
  /// contain any number.
  init(low: Double, high: Double) {
    func bounded(_ bound: Double) -> Double { bound.isNaN ? 0 : min(max(bound, -1e300), 1e300) }
    self.low = bounded(low)
    let room = self.low.magnitude < 1e15 ? 1 : self.low.magnitude
    self.high = bounded(high) - self.low > 1e-290 ? bounded(high) : self.low + room
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
    // If the bounds are neighbouring floating-point numbers, adding 1 to the index may not change it.
    while index * step <= high + step / 1000 && index + 1 > index {
      ticks.append(index * step)
      index += 1
    }
    return ticks
  }
}
