import Testing

@testable import SwerveTensor

/// Every operation against its twin in Double: values, and gradients against central differences of the twin.
@Suite struct TapeGradientTests {
  /// The step of the differences. Their error is about step² times the third derivative (1e-10 times up to 1e4 for
  /// powers at 150, where a slope is about 100) plus 1e-16 / step: below 1e-6 of the slope.
  static let step = 1e-5

  /// Room for Float: each gradient is a handful of rounded operations on terms of the gradient's own size, and the
  /// reductions add up to 60 of them: 2e-5 is 300 roundings, of which no operation here has more.
  static let relative = 2e-5

  @Test(arguments: TapeGradientCase.all, [1, 2, 3] as [UInt64])
  func matchesTheSlopeOfTheTwin(_ item: TapeGradientCase, seed: UInt64) throws {
    var random = TapeRandom(seed)
    let layout = random.layout()
    let size = random.cursor.within(1...20)
    let inputs = try item.inputs.map { kind, range in
      let shape = kind.shape(layout, size)
      return try Tensor.variable(random.values(shape.elementCount, in: range), shape: shape)
    }
    let twins = zip(inputs, item.inputs).map { tensor, input in
      TapeTwin(values: tensor.values.map(Double.init), kind: input.kind, layout: layout, size: size)
    }
    let output = try item.tape(inputs)
    let expected = item.twin(twins)
    #expect(output.shape == expected.kind.shape(layout, size))
    expectClose(output.values, expected.values, "\(item.testDescription), seed \(seed), rows \(layout.offsets)")

    // The loss weighs every element differently, so that elements that are swapped or dropped show.
    let weights = random.values(output.values.count, in: 0.5...1.5)
    try output.mul(.constant(weights, shape: output.shape)).sum().backward()
    for place in inputs.indices {
      let elements = random.some(of: inputs[place].values.count)
      let gradient = inputs[place].gradient ?? [Float](repeating: 0, count: inputs[place].values.count)
      expectClose(
        elements.map { gradient[$0] }, slopes(item, twins, weights, of: place, at: elements),
        "gradient \(place) of \(item.testDescription), seed \(seed), rows \(layout.offsets), elements \(elements)")
    }
  }

  private func slopes(
    _ item: TapeGradientCase, _ twins: [TapeTwin], _ weights: [Float], of place: Int, at elements: [Int]
  ) -> [Double] {
    func loss(_ element: Int, _ move: Double) -> Double {
      var moved = twins
      var values = twins[place].values
      values[element] += move
      moved[place] = twins[place].with(values)
      return plainSum(zip(item.twin(moved).values, weights).map { $0 * Double($1) })
    }
    return elements.map { (loss($0, Self.step) - loss($0, -Self.step)) / (2 * Self.step) }
  }

  /// Within `relative` of the largest of the list: an element that cancels to near 0 keeps the rounding of its terms.
  private func expectClose(_ found: [Float], _ expected: [Double], _ what: String) {
    #expect(found.count == expected.count, "\(what)")
    let scale = expected.reduce(1e-3) { Swift.max($0, abs($1)) }
    for (i, (a, b)) in zip(found, expected).enumerated() where !(abs(Double(a) - b) <= Self.relative * scale) {
      Issue.record("\(what): element \(i) is \(a), the twin has \(b)")
      return
    }
  }
}
