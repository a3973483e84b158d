/// How far to go along a direction: a step that meets the strong Wolfe conditions (Nocedal and Wright 2006, algorithms 3.5 and
/// 3.6, with cubic interpolation).
///
/// Near a minimum a function's values differ by less than their rounding. There a step counts, too, whose value is within
/// `rounding` of the first and whose slope meets the approximate Wolfe condition (Hager and Zhang 2005, equation 4.1).
struct WolfeSearch {
  /// A place on the line.
  struct Point: Equatable {
    let step: Double
    let value: Double
    /// The derivative along the direction.
    let slope: Double
  }

  /// How much of the first slope the value must fall by.
  static let decrease = 1e-4
  /// How much of the first slope may be left.
  static let curvature = 0.9
  /// Of a value, as a share of it: one of a mean of floats.
  static let rounding = 1e-7
  static let mostEvaluations = 30

  /// At step 0; its slope is below 0.
  let start: Point
  private(set) var evaluations = 0

  init(value: Double, slope: Double) { start = Point(step: 0, value: value, slope: slope) }

  /// - Parameters:
  ///   - first: the first step to try, above 0.
  ///   - evaluate: value and slope at a step.
  /// - Returns: the step, which is the one that was evaluated last; nil: none was found.
  mutating func run(first: Double, _ evaluate: (Double) throws -> (value: Double, slope: Double)) rethrows -> Point? {
    var last = start
    var step = first
    while evaluations < Self.mostEvaluations {
      let point = try measure(step, evaluate)
      if accepts(point) { return point }
      if isTooHigh(point) || last.step > 0 && point.value >= last.value {
        return try zoom(low: last, high: point, evaluate)
      }
      if point.slope >= 0 { return try zoom(low: point, high: last, evaluate) }
      last = point
      step *= 4
    }
    return nil
  }

  /// - Parameters:
  ///   - low: the best point so far that has not too high a value; its slope points to `high`.
  private mutating func zoom(
    low: Point, high: Point, _ evaluate: (Double) throws -> (value: Double, slope: Double)
  ) rethrows -> Point? {
    var (low, high) = (low, high)
    while evaluations < Self.mostEvaluations {
      let point = try measure(Self.between(low, high), evaluate)
      if accepts(point) { return point }
      if isTooHigh(point) || point.value >= low.value {
        high = point
      } else {
        if point.slope * (high.step - low.step) >= 0 { high = low }
        low = point
      }
    }
    return nil
  }

  private mutating func measure(
    _ step: Double, _ evaluate: (Double) throws -> (value: Double, slope: Double)
  ) rethrows -> Point {
    evaluations += 1
    let (value, slope) = try evaluate(step)
    return Point(step: step, value: value, slope: slope)
  }

  private func isTooHigh(_ point: Point) -> Bool {
    !(point.value <= start.value + Self.decrease * point.step * start.slope)
  }

  private func accepts(_ point: Point) -> Bool {
    guard abs(point.slope) <= -Self.curvature * start.slope else { return false }
    let isNear = abs(point.value - start.value) <= Self.rounding * abs(start.value)
    return !isTooHigh(point) || isNear && point.slope <= (2 * Self.decrease - 1) * start.slope
  }

  /// The minimum of the cubic through both points, at least a tenth of the way from either; without one, the middle.
  private static func between(_ a: Point, _ b: Point) -> Double {
    let width = b.step - a.step
    let d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.step - b.step)
    let square = d1 * d1 - a.slope * b.slope
    let middle = a.step + width / 2
    guard square.isFinite, square >= 0 else { return middle }
    let d2 = width > 0 ? square.squareRoot() : -square.squareRoot()
    let step = b.step - width * (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2)
    let (first, last) = (min(a.step, b.step) + abs(width) / 10, max(a.step, b.step) - abs(width) / 10)
    return step.isFinite ? min(max(step, first), last) : middle
  }
}
