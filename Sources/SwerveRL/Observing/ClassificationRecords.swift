import SwerveText

/// What a stage of classification reads: its labels, and its texts.
package struct ClassificationInput: Equatable, Sendable {
  package struct Texts: Equatable, Sendable {
    @ExactString package private(set) var set: String
    package let documents: Int
    /// Texts that are longer than the model is given, and are cut at their end.
    package let cut: Int

    package init(set: String, documents: Int, cut: Int) {
      self.set = set
      self.documents = documents
      self.cut = cut
    }

    /// "12 of 480 texts of training have more than 48 tokens, and are cut at their end"; nil where none is cut.
    package func remark(limit: Int) -> String? {
      cut == 0
        ? nil : "\(cut) of \(documents) texts of \(set) have more than \(limit) tokens, and are cut at their end"
    }
  }

  /// The set that is learned from, and then those that are evaluated.
  package let texts: [Texts]
  /// The most tokens of a text.
  package let limit: Int
  package let labels: [ExactString]
  /// The number of each label's parent; nil for a child of the root.
  package let parents: [Int?]

  package init(texts: [Texts], limit: Int, labels: [ExactString], parents: [Int?]) {
    precondition(labels.count == parents.count, "each label has a place in the tree")
    self.texts = texts
    self.limit = limit
    self.labels = labels
    self.parents = parents
  }
}

/// What an evaluation of a classifier found on a set of documents, beyond its metrics. Its size is bounded by the numbers
/// of labels and of rules, not by that of the documents.
package struct ClassificationDetails: Equatable, Sendable {
  /// What an inference rule did.
  package struct Rule: Equatable, Sendable {
    @ExactString package private(set) var name: String
    /// The 95 % intervals over documents of metrics, by their names without set and rule; those that have one.
    package let intervals: [Interval]
    /// How often it gave each label, and how often that was right.
    package let predictions: [Int]
    package let hits: [Int]
    /// The most frequent ones first, at most `mostConfusions`.
    package let confusions: [SiblingConfusion]
    /// How many pairs of siblings it confused at all.
    package let confusedPairs: Int

    package init(
      name: String, intervals: [Interval], predictions: [Int], hits: [Int], confusions: [SiblingConfusion],
      confusedPairs: Int
    ) {
      self.name = name
      self.intervals = intervals
      self.predictions = predictions
      self.hits = hits
      self.confusions = confusions
      self.confusedPairs = confusedPairs
    }
  }

  package struct Interval: Equatable, Sendable {
    @ExactString package private(set) var metric: String
    package let low: Float
    package let high: Float

    package init(metric: String, low: Float, high: Float) {
      self.metric = metric
      self.low = low
      self.high = high
    }
  }

  package static let mostConfusions = 200

  @ExactString package private(set) var set: String
  package let documents: Int
  /// Documents with a true label of each depth, from 1, and those with a true leaf.
  package let withDepth: [Int]
  package let withLeaf: Int
  /// How often each label is true.
  package let truths: [Int]
  /// By rising thresholds.
  package let curve: [ThresholdCurve.Point]
  package let rules: [Rule]

  package init(
    set: String, documents: Int, withDepth: [Int], withLeaf: Int, truths: [Int], curve: [ThresholdCurve.Point],
    rules: [Rule]
  ) {
    self.set = set
    self.documents = documents
    self.withDepth = withDepth
    self.withLeaf = withLeaf
    self.truths = truths
    self.curve = curve
    self.rules = rules
  }

  package init(_ scores: HierarchyScores, set: String) {
    let intervals = DocumentBootstrap().intervals(scores)
    let counts = scores.decoders.indices.map { scores.labelCounts(decoder: $0) }
    self.init(
      set: set, documents: scores.count, withDepth: scores.documentsWithDepth, withLeaf: scores.documentsWithLeaf,
      truths: counts.first?.map(\.truths) ?? [], curve: scores.curve.points,
      rules: scores.decoders.enumerated().map { index, name in
        let confusions = scores.siblingConfusions(decoder: index)
        return Rule(
          name: name,
          intervals: intervals[index].compactMap { metric, interval in
            interval.map { Interval(metric: metric.rawValue, low: Float($0.low), high: Float($0.high)) }
          },
          predictions: counts[index].map(\.predictions), hits: counts[index].map(\.hits),
          confusions: Array(confusions.prefix(Self.mostConfusions)), confusedPairs: confusions.count)
      })
  }
}
