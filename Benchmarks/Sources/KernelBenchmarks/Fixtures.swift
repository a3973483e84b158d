import SwerveModel
import SwerveTensor

/// The models of `swerve bench`. One shard holds `tokens` tokens.
enum Model: String, CaseIterable {
  case nano
  case small
  case gpt2

  static let tokens = Shard.target

  var width: Int {
    switch self {
    case .nano: 128
    case .small: 384
    case .gpt2: 768
    }
  }

  var heads: Int {
    switch self {
    case .nano: 4
    case .small: 6
    case .gpt2: 12
    }
  }

  var layers: Int { self == .nano ? 4 : heads }
  var vocabulary: Int { self == .gpt2 ? 50257 : 24 }

  var configuration: ModelConfiguration {
    get throws(ModelError) {
      try ModelConfiguration(layers: layers, heads: heads, width: width, context: 256, vocabulary: vocabulary)
    }
  }

  /// The model with small weights; no kernel's time depends on their values.
  func transformer() -> Transformer {
    guard let configuration = try? configuration else { preconditionFailure("\(self) is a valid configuration") }
    let model = Transformer(configuration)
    let count = model.layout.count
    model.update { fill($0, count: count, scale: 0.02) }
    return model
  }
}

/// Floats from -scale to scale.
func numbers(_ count: Int, scale: Float = 1) -> FloatBuffer {
  let buffer = FloatBuffer(count: count)
  fill(buffer.pointer, count: count, scale: scale)
  return buffer
}

private func fill(_ target: UnsafeMutablePointer<Float>, count: Int, scale: Float) {
  // Each number depends only on its index, so that this loop is vectorized: the largest buffer has 124 million numbers.
  for i in 0..<count {
    let hash = UInt32(truncatingIfNeeded: i) &* 2_654_435_769
    target[i] = (Float(Int32(bitPattern: hash) >> 8) * 0x1p-23) * scale
  }
}
