import SwerveTensor

/// What an MLP applies to each element of its hidden layer.
struct Activation: Sendable {
  /// Writes f(x) to `out`, which may be x.
  let forward: @Sendable (_ out: UnsafeMutablePointer<Float>, _ x: UnsafePointer<Float>, _ count: Int) -> Void
  /// Writes dOut f'(x) to `dX`, which may be dOut, and f(x) to `out`.
  let backward:
    @Sendable (
      _ dX: UnsafeMutablePointer<Float>, _ out: UnsafeMutablePointer<Float>, _ dOut: UnsafePointer<Float>,
      _ x: UnsafePointer<Float>, _ count: Int
    ) -> Void

  /// GELU in its tanh form (GPT-2).
  static let tanhGELU = Activation(
    forward: { out, x, count in geluForward(out, x, count: count) },
    backward: { dX, out, dOut, x, count in geluBackward(dX: dX, out: out, dOut, x, count: count) })

  /// GELU by the error function (BERT).
  static let erfGELU = Activation(
    forward: { out, x, count in erfGELUForward(out, x, count: count) },
    backward: { dX, out, dOut, x, count in erfGELUBackward(dX: dX, out: out, dOut, x, count: count) })
}
