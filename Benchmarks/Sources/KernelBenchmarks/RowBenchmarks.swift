import SwerveTensor

/// The kernels that run over the rows of a shard between the products.
func measureRows(_ report: Report) {
  for model in Model.allCases {
    measureNorm(report, model)
    measureActivation(report, model)
  }
}

private func measureNorm(_ report: Report, _ model: Model) {
  let (rows, width) = (Model.tokens, model.width)
  let count = rows * width
  let (x, out, dOut, dX) = (numbers(count), FloatBuffer(count: count), numbers(count), FloatBuffer(count: count))
  let (statistics, weight, bias) = (FloatBuffer(count: 2 * rows), numbers(width), numbers(width))
  let (dWeight, dBias) = (FloatBuffer(count: width), FloatBuffer(count: width))
  let (o, s, i, w, b) = (
    out.pointer, statistics.pointer, x.pointer.reading, weight.pointer.reading, bias.pointer.reading
  )
  let (d, g, dw, db) = (dX.pointer, dOut.pointer.reading, dWeight.pointer, dBias.pointer)
  let text = "\(model) \(rows) x \(width)"
  // A sum, a difference and its square; a difference, a product and a multiply-add.
  let forward = Work(operations: Double(6 * count), traffic: Traffic(floats: 2 * count, .copy))
  report.measure("layer norm forward", text, forward) {
    layerNormForward(o, s, i, weight: w, bias: b, rows: rows, width: width, epsilon: 1e-5)
  }
  let recompute = Work(operations: Double(3 * count), traffic: Traffic(floats: 2 * count, .copy))
  report.measure("layer norm recompute", text, recompute) {
    layerNormRecompute(o, s, i, weight: w, bias: b, rows: rows, width: width)
  }
  // Seven for the sums and the gradients of weight and bias, six for dX, which is read and written.
  let backward = Work(
    operations: Double(13 * count), traffic: Traffic(floats: 4 * count, .update, workingSet: 3 * count))
  report.measure("layer norm backward", text, backward) {
    layerNormBackward(dX: d, dWeight: dw, dBias: db, g, s, i, weight: w, rows: rows, width: width)
  }
  withExtendedLifetime((x, out, dOut, dX, statistics)) {}
  withExtendedLifetime((weight, bias, dWeight, dBias)) {}
}

private func measureActivation(_ report: Report, _ model: Model) {
  let (rows, width) = (Model.tokens, 4 * model.width)
  let count = rows * width
  let (x, out) = (numbers(count, scale: 3), FloatBuffer(count: count))
  let (dOut, dX) = (numbers(count), FloatBuffer(count: count))
  let bias = FloatBuffer(count: width)
  let (i, o, g, d, b) = (x.pointer.reading, out.pointer, dOut.pointer.reading, dX.pointer, bias.pointer)
  let text = "\(model) \(rows) x \(width)"
  // Beside the sigmoid: 2u, its sign, the sum 1 + e, and the product with x.
  let forward = Work(
    operations: Double(6 * count), exponentials: Double(count), divisions: Double(count),
    traffic: Traffic(floats: 2 * count, .copy))
  report.measure("GELU forward", text, forward) { geluForward(o, i, count: count) }
  let backward = Work(
    operations: Double(12 * count), exponentials: Double(count), divisions: Double(count),
    traffic: Traffic(floats: 4 * count, .copy))
  // The model overwrites dOut with dX. Here, repeated calls would multiply it again and again, down to subnormal
  // numbers.
  report.measure("GELU backward", text, backward) { geluBackward(dX: d, out: o, g, i, count: count) }
  let sum = Work(operations: Double(count), traffic: Traffic(floats: count, .read))
  report.measure("bias backward", text, sum) { biasBackward(b, i, rows: rows, width: width) }
  let both = Work(operations: Double(count), traffic: Traffic(floats: 3 * count, .update, workingSet: 2 * count))
  report.measure("add into", text, both) { addInto(o, i, count: count) }
  if model == .nano {
    let rectify = Work(operations: Double(2 * count), traffic: Traffic(floats: 2 * count, .copy))
    report.measure("ReLU forward", text, rectify) { reluForward(o, i, count: count) }
    let mask = Work(operations: Double(2 * count), traffic: Traffic(floats: 3 * count, .update, workingSet: 2 * count))
    report.measure("ReLU backward", text, mask) { reluBackward(d, output: o.reading, count: count) }
    report.measure("first that is not finite", text, sum) { keep(firstNonFinite(i, count: count) == nil ? 0 : 1) }
  }
  withExtendedLifetime((x, out, dOut, dX, bias)) {}
}
