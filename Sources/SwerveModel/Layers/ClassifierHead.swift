import SwerveTensor

/// scores = pool(hidden states of a text) W + b: one number for each label, for each text. The pooled vector may be scaled to
/// a norm.
struct ClassifierHead: Sendable {
  let scores: SavedBuffer  // (texts, labels) of (N, labels)
  let dScores: ScratchBuffer  // (texts, labels): the caller's
  private let width: Int
  private let pooling: Classifier.Pooling
  private let linear: Linear
  let vector: SavedBuffer  // (texts, C): what `linear` reads
  private let norm: Float?
  private let lengths: SavedBuffer?  // (texts): of the pooled vectors, where they are scaled
  private let dVector: ScratchBuffer

  init(_ classifier: Classifier, width: Int, _ plan: inout ModelPlan) {
    self.width = width
    pooling = classifier.pooling
    norm = classifier.vectorNorm
    lengths = norm.map { _ in plan.save("classifier.length", columns: 1, isOfTexts: true) }
    vector = plan.save("classifier.input", columns: width, isOfTexts: true)
    linear = Linear(
      "classifier", from: width, to: classifier.labels, weight: .classifier, bias: .classifierBias, isTransposed: true,
      &plan)
    scores = plan.save("scores", columns: classifier.labels, isOfTexts: true)
    dScores = plan.scratch("dScores", columns: classifier.labels)
    dVector = plan.scratch("dClassifierInput", columns: width)
  }

  /// - Parameter pooler: the model's own, if it has one; its vectors are there already.
  func forward(_ hidden: UnsafePointer<Float>, _ pooler: Pooler?, _ pass: Pass) {
    forEachText(pass) { text, rows in
      let target = pass[vector] + text * width
      switch pooling {
      case .mean: meanOfRows(target, hidden + rows.lowerBound * width, rows: rows.count, width: width)
      case .first: target.update(from: hidden + rows.lowerBound * width, count: width)
      case .last: target.update(from: hidden + (rows.upperBound - 1) * width, count: width)
      case .pooler: if let pooler { target.update(from: pass[pooler.pooled] + text * width, count: width) }
      }
      if let norm, let lengths {
        let length = sumOfSquares(target, count: width).squareRoot()
        pass[lengths][text] = length
        if length > 0 { multiply(target, by: norm / length, count: width) }
      }
    }
    let texts = pass.ofTexts
    linear.forward(texts[scores], texts[vector], texts)
  }

  /// Adds to the gradient of the hidden states or, where the pooler's vectors are read, writes theirs.
  ///
  /// Order of operations: the gradient d of a scaled vector v becomes (d - v ((v d) / norm²)) (norm / length), with v d as a lane
  /// sum. A row of a mean gets the gradient of the mean divided by the number of rows.
  func backward(
    dHidden: UnsafeMutablePointer<Float>, _ pooler: Pooler?, _ pass: Pass, into gradient: GradientBlock
  ) {
    let texts = pass.ofTexts
    linear.backward(dX: texts[dVector], texts[dScores], texts[vector], texts, into: gradient)
    if let pooler { texts[pooler.dPooled].update(repeating: 0, count: texts.rows * width) }
    forEachText(pass) { text, rows in
      let source = pass[dVector] + text * width
      if let norm, let lengths, pass[lengths][text] > 0 {
        let vector = pass[vector] + text * width
        let along = dotProduct(vector, source, count: width) / (norm * norm)
        addScaled(source, vector, weight: -along, count: width)
        multiply(source, by: norm / pass[lengths][text], count: width)
      }
      switch pooling {
      case .mean:
        for c in 0..<width { source[c] /= Float(rows.count) }
        for row in rows { addInto(dHidden + row * width, source, count: width) }
      case .first: addInto(dHidden + rows.lowerBound * width, source, count: width)
      case .last: addInto(dHidden + (rows.upperBound - 1) * width, source, count: width)
      case .pooler: if let pooler { (pass[pooler.dPooled] + text * width).update(from: source, count: width) }
      }
    }
  }

  /// - Parameter body: gets a text's number in the shard and its rows.
  private func forEachText(_ pass: Pass, _ body: (_ text: Int, _ rows: Range<Int>) -> Void) {
    let first = pass.shard.tokens.lowerBound
    for (text, row) in pass.shard.rows.enumerated() {
      body(text, pass.batch.starts[row] - first..<pass.batch.starts[row + 1] - first)
    }
  }
}

extension ParameterRole {
  static let classifier = ParameterRole(.normal(standardDeviation: 0.02), decays: true, isClassifier: true)
  static let classifierBias = ParameterRole(.zeros, decays: false, isClassifier: true)
}
