import SwerveTensor

// The critic: an MLP on the last hidden state, d -> h -> h -> 1 with ReLU (Vassoyan et al. 2025, section 4).

extension Transformer {
  /// values (rows) from hidden (rows, C), with the two hidden layers kept for backward.
  func valueForward(_ a: Activations, rows: Int, _ w: Workspace) {
    evaluateValueHead(
      a.values.pointer, hidden: a.hidden.pointer.reading, layer1: a.value1.pointer, layer2: a.value2.pointer,
      rows: rows,
      w.matMul)
  }

  func evaluateValueHead(
    _ values: UnsafeMutablePointer<Float>, hidden: UnsafePointer<Float>, layer1: UnsafeMutablePointer<Float>,
    layer2: UnsafeMutablePointer<Float>, rows: Int, _ scratch: MatMulScratch, mode: MathMode? = nil
  ) {
    let layers = offsets.value
    let count = rows * configuration.valueHeadWidth
    linearForward(layer1, hidden, layers[0], rows: rows, start: .bias(parameters + layers[0].bias), scratch, mode: mode)
    reluForward(layer1, layer1.reading, count: count)
    linearForward(
      layer2, layer1.reading, layers[1], rows: rows, start: .bias(parameters + layers[1].bias), scratch, mode: mode)
    reluForward(layer2, layer2.reading, count: count)
    linearForward(
      values, layer2.reading, layers[2], rows: rows, start: .bias(parameters + layers[2].bias), scratch, mode: mode)
  }

  /// Adds the value head's gradients to `gradient` and, unless the head is detached, its gradient of the hidden states to
  /// `dHidden` (rows, C).
  func valueBackward(
    _ gradient: GradientBlock, dHidden: UnsafeMutablePointer<Float>?, _ a: Activations, rows: Int,
    _ w: Workspace
  ) {
    let layers = offsets.value
    let count = rows * configuration.valueHeadWidth
    linearBackward(
      gradient, dX: w.dValue2.pointer, start: .zero, w.dValues.pointer.reading, a.value2.pointer.reading, layers[2],
      rows: rows, w)
    reluBackward(w.dValue2.pointer, output: a.value2.pointer.reading, count: count)
    linearBackward(
      gradient, dX: w.dValue1.pointer, start: .zero, w.dValue2.pointer.reading, a.value1.pointer.reading, layers[1],
      rows: rows, w)
    reluBackward(w.dValue1.pointer, output: a.value1.pointer.reading, count: count)
    linearBackward(
      gradient, dX: dHidden, start: .accumulate, w.dValue1.pointer.reading, a.hidden.pointer.reading, layers[0],
      rows: rows, w)
  }
}
