import SwerveText

extension ModelConfiguration {
  /// The one place that decides whether a configuration can be a model.
  /// - Parameter headsDivideWidth: the width of a head was not given, so the model's width must be a multiple of heads.
  func check(headsDivideWidth: Bool) throws(ModelError) {
    try check([
      ("layers", layers), ("heads", heads), ("width", width), ("context", context), ("vocabulary", vocabulary),
    ])
    if valueHeadWidth < 0 || valueHeadWidth > Self.largest {
      throw ModelError("the width of the value head must be a whole number from 0 to 16777216, got \(valueHeadWidth)")
    }
    try checkSize()
    if headsDivideWidth && width % heads != 0 {
      throw ModelError("width (\(width)) must be a multiple of heads (\(heads))")
    }
    try check([
      ("the number of heads of keys and values", keyValueHeads), ("the width of a head", headWidth),
      ("the inner width of the MLP", innerWidth),
    ])
    if heads % keyValueHeads != 0 {
      throw ModelError("heads (\(heads)) must be a multiple of heads of keys and values (\(keyValueHeads))")
    }
    if tokenTypes < 0 || tokenTypes > Self.largest {
      throw ModelError("the number of token types must be a whole number from 0 to 16777216, got \(tokenTypes)")
    }
    if !(layerNormEpsilon >= 0 && layerNormEpsilon.isFinite) {
      throw ModelError("the epsilon of norms must be a number from 0 on, got \(layerNormEpsilon)")
    }
    if positions == .rotary {
      if headWidth % 2 != 0 {
        let quotient = heads * headWidth == width ? "\(width) / \(heads) = " : ""
        throw ModelError("rotary positions need an even width of a head, got \(quotient)\(headWidth)")
      }
      if let problem = rotary.problem(headWidth: headWidth) { throw ModelError(problem) }
    }
    try family.check(self)
    try checkClassifier()
    try checkAdapters()
  }

  private func checkClassifier() throws(ModelError) {
    guard let classifier else { return }
    try check([("the number of labels", classifier.labels)])
    if !(1...context).contains(classifier.length) {
      throw ModelError(
        "the length of texts to classify must be in 1...\(context), the model's context, got \(classifier.length)")
    }
    if classifier.pooling == .first && family.predictsTokens {
      throw ModelError("the first token of a decoder has not seen the text: take the mean, or the last token")
    }
    if classifier.pooling == .pooler && ModelLayers(self).pooler == nil {
      throw ModelError("a model of family \(family.name) has no pooler: take the mean, or the last token")
    }
  }

  /// Ranks above this would be larger than the weights that they adapt.
  package static let largestRank = 1024

  private func checkAdapters() throws(ModelError) {
    guard let adapters else { return }
    if !(1...Self.largestRank).contains(adapters.rank) {
      throw ModelError(
        "the rank of adapters must be a whole number from 1 to \(Self.largestRank), got \(adapters.rank)")
    }
    if !adapters.scale.isFinite || adapters.alpha <= 0 {
      throw ModelError("alpha of adapters must be a number above 0, got \(adapters.alpha)")
    }
    if adapters.layers.isEmpty { return }
    let linear = ModelLayers(self).plan.linearLayers
    for name in adapters.layers where !linear.contains(where: { LowRankAdapters.isName(name, of: $0) }) {
      // Blocks have layers of the same names.
      let names = linear.compactMap { $0.pieces(at: ".").last }.distinct
      throw ModelError(
        "the model's blocks have the linear layers \(names.joined(separator: ", ")), and no '\(name)'\(didYouMean(name, among: names))"
      )
    }
  }

  private static let largest = 1 << 24

  private func check(_ numbers: [(name: String, value: Int)]) throws(ModelError) {
    for (name, value) in numbers where value < 1 || value > Self.largest {
      throw ModelError("\(name) must be a whole number from 1 to 16777216, got \(value)")
    }
  }

  /// 2^40 parameters are beyond any machine; the bound keeps sizes far from overflow.
  private func checkSize() throws(ModelError) {
    let w = Double(width)
    let attention = 2 * (Double(heads) + Double(keyValueHeads)) * Double(headWidth)
    let block = max(13 * w, attention + 2 * Double(innerWidth))
    let parameters =
      w * (Double(vocabulary) + Double(context) + Double(layers) * block)
      + Double(valueHeadWidth) * Double(width + valueHeadWidth)
    if parameters > 0x1p40 {
      throw ModelError("a model of \(parameters) parameters is too large: the bound is 2^40")
    }
  }

  /// For whoever needs logits of next tokens, to train on or to sample from.
  package func checkPredictsTokens() throws(ModelError) {
    if family.predictsTokens { return }
    throw ModelError(
      "a model of family \(family.name) is an encoder: it predicts no next tokens, so it can't generate text")
  }

  /// For a family's check.
  /// - Parameter what: what every model of the family has.
  func require(_ isTrue: Bool, _ what: String) throws(ModelError) {
    if !isTrue { throw ModelError("a model of family \(family.name) has \(what)") }
  }
}
