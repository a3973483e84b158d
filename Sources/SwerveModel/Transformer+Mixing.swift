import SwerveTensor

extension Transformer {
  /// Moves the weights towards those of another model (TR-DPO, arXiv 2404.09656): w = fma(share, other, (1 - share) w), element
  /// by element. Tensors that the other one lacks stay.
  /// - Parameter share: in 0...1; 1 copies.
  package func mix(from other: Transformer, share: Float) {
    update { weights in
      for entry in layout.entries {
        guard let from = other.layout.entry(entry.name), from.shape == entry.shape else { continue }
        let source = other.parameters + from.offset
        let target = weights + entry.offset
        for i in 0..<entry.count { target[i] = ((1 - share) * target[i]).addingProduct(share, source[i]) }
      }
    }
  }
}
