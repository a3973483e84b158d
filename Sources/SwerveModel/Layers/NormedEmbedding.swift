import SwerveTensor

/// x = norm(embedding): the stream of an encoder begins normalized.
struct NormedEmbedding: Embedding {
  private let embedding: TokenEmbedding
  private let norm: any Norm
  private let sum: SavedBuffer  // (N, C): before the norm
  private let dSum: ScratchBuffer  // (N, C)

  init(_ embedding: TokenEmbedding, norm: any Norm, _ plan: inout ModelPlan) {
    self.embedding = embedding
    self.norm = norm
    sum = plan.save("embedding", columns: embedding.width)
    dSum = plan.scratch("dSum", columns: embedding.width)
  }

  var vocabulary: Int { embedding.vocabulary }
  var width: Int { embedding.width }

  func forward(_ x: UnsafeMutablePointer<Float>, _ pass: Pass) {
    embedding.forward(pass[sum], pass)
    norm.forward(x, pass[sum], pass)
  }

  func decode(_ x: UnsafeMutablePointer<Float>, _ step: DecodeStep) {
    preconditionFailure("an encoder has no step of decoding")
  }

  func backward(_ dX: UnsafePointer<Float>, _ pass: Pass, into gradient: GradientBlock) {
    pass[dSum].update(repeating: 0, count: pass.rows * width)
    norm.backward(dX: pass[dSum], dX, pass[sum], pass, into: gradient)
    embedding.backward(pass[dSum], pass, into: gradient)
  }
}
