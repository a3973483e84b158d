// The frequencies of rotary positions: pair i of a head of d floats turns by base^(-2i/d) = e^(-2i/d log base) for each
// position. Everything is computed in Double by a fixed sequence of operations.
//
// Accuracy (tested): 1e-12 of each frequency, for bases up to 1e7.

/// The frequency of each pair.
/// - Parameter base: in 1...1e7.
package func rotaryFrequencies(headWidth: Int, base: Double) -> [Double] {
  let logBase = ExactDouble.log(base)
  return (0..<headWidth / 2).map { exponential(-logBase * Double(2 * $0) / Double(headWidth)) }
}

/// Llama 3.1's change of a frequency f, for models trained on `original` positions and then on longer texts. Order
/// of operations: wavelength = 2 pi / f. Where it exceeds original / low, f / factor; where it is below original / high, f;
/// between these, with smooth = (original / wavelength - low) / (high - low): (1 - smooth) f / factor + smooth f.
package func llama3Frequency(
  _ frequency: Double, factor: Double, low: Double, high: Double, original: Double
) -> Double {
  let wavelength = 2 * Double.pi / frequency
  if wavelength < original / high { return frequency }
  if wavelength > original / low { return frequency / factor }
  let smooth = (original / wavelength - low) / (high - low)
  return (1 - smooth) * frequency / factor + smooth * frequency
}

/// e^x for x in [-17, 0], by halving ten times, a Taylor series, and squaring back.
private func exponential(_ x: Double) -> Double {
  let r = x / 1024
  var sum = 1.0
  var term = 1.0
  for n in 1...10 {
    term *= r / Double(n)
    sum += term
  }
  for _ in 0..<10 { sum *= sum }
  return sum
}
