import SwerveText

/// What a model's files say of its shape, in the words of none of the formats. It becomes a `ModelConfiguration` after
/// all sizes are checked.
struct ModelFacts {
  /// The name of the family.
  var family: String
  var layers: Int
  var heads: Int
  var keyValueHeads: Int
  var width: Int
  /// Nil where the files say nothing of it: the heads share the model's width.
  var givenHeadWidth: Int?
  var innerWidth: Int
  var context: Int
  var vocabulary: Int
  var epsilon: Float
  var positions: PositionEncoding
  var rotary = RotaryOptions()
  var isTied: Bool
  var tokenTypes = 0

  var headWidth: Int { givenHeadWidth ?? width / max(1, heads) }

  /// - Parameters:
  ///   - file: for errors.
  ///   - tensors: how many tensors the files have.
  func configuration(families: [ModelFamily], file: String, tensors: Int) throws -> ModelConfiguration {
    guard let family = families.first(where: { $0.name === family }) else {
      let known = families.map(\.name).joined(separator: " ")
      throw WeightFormatError(.unsupported, file, "family", found: shown(family), expected: "one of \(known)")
    }
    try check(file: file, tensors: tensors)
    do {
      // A family's check needs all fields, so it comes at the end.
      var configuration = try ModelConfiguration(
        layers: layers, heads: 1, width: width, context: context, vocabulary: vocabulary)
      configuration.family = family
      configuration.heads = heads
      configuration.positions = positions
      configuration.keyValueHeads = keyValueHeads
      configuration.headWidth = headWidth
      configuration.innerWidth = innerWidth
      configuration.layerNormEpsilon = epsilon
      configuration.rotary = rotary
      configuration.isTied = isTied
      configuration.tokenTypes = tokenTypes
      try configuration.check()
      return configuration
    } catch {
      throw WeightFormatError(
        .unsupported, file, "sizes", found: "a model that can't be made (\(error.message))", expected: "other sizes")
    }
  }

  private func check(file: String, tensors: Int) throws {
    func demand(_ isRight: Bool, _ subject: String, found: String, expected: String) throws {
      if isRight { return }
      throw WeightFormatError(.unsupported, file, subject, found: found, expected: expected)
    }
    let sizes = [
      ("layers", layers), ("heads", heads), ("heads of keys and values", keyValueHeads), ("width", width),
      ("width of a head", headWidth), ("width of the MLP", innerWidth), ("context", context),
      ("vocabulary", vocabulary),
    ]
    for (name, size) in sizes {
      try demand((1...1 << 24).contains(size), name, found: "\(size)", expected: "a whole number from 1 to 16777216")
    }
    try demand(tokenTypes <= 1 << 24, "token types", found: "\(tokenTypes)", expected: "at most 16777216")
    // Each layer has several tensors, so no more layers are ever looked at than the files can have.
    try demand(layers <= tensors, "layers", found: "\(layers)", expected: "at most one for each of \(tensors) tensors")
    try demand(
      heads % keyValueHeads == 0, "heads", found: "\(heads) of queries and \(keyValueHeads) of keys and values",
      expected: "a multiple of the latter")
    try demand(
      givenHeadWidth != nil || width % heads == 0, "width", found: "\(width)", expected: "a multiple of \(heads) heads")
    try demand(
      positions != .rotary || headWidth % 2 == 0, "width of a head", found: "\(headWidth)",
      expected: "an even number, as rotary positions turn pairs")
    try demand(
      epsilon > 0 && epsilon.isFinite, "epsilon of the norms", found: "\(epsilon)", expected: "a number above 0")
    try demand(
      rotary.base > 0 && rotary.base.isFinite, "base of the rotary angles", found: "\(rotary.base)",
      expected: "a number above 0")
    // The bound keeps sizes far from overflow, as in ModelConfiguration.
    let attention = 2 * (Double(heads) + Double(keyValueHeads)) * Double(headWidth)
    let embeddings = 2 * Double(vocabulary) + Double(tokenTypes)
    let parameters = Double(width) * (Double(layers) * (attention + 3 * Double(innerWidth)) + embeddings)
    try demand(
      parameters <= 0x1p40 && attention <= 0x1p40, "size", found: "\(parameters) parameters", expected: "at most 2^40")
  }
}
