import SwerveFiles
import SwerveRL
import SwerveText

/// One line of classification.jsonl: what a stage of classification reads, or what one of its evaluations found on a set of
/// documents.
package struct ClassificationLine: Equatable, Sendable {
  package enum Content: Equatable, Sendable {
    case input(ClassificationInput)
    case details(ClassificationDetails, step: Int)
  }

  @ExactString package private(set) var stage: String
  package let content: Content
  /// The line as the file has it, without the line end.
  @ExactString package private(set) var text: String

  package init(_ input: ClassificationInput, stage: String) {
    self.stage = stage
    content = .input(input)
    text = JSONValue.object([JSONMember("stage", .string(stage))] + input.members).compact()
  }

  package init(_ details: ClassificationDetails, stage: String, step: Int) {
    self.stage = stage
    content = .details(details, step: step)
    text =
      JSONValue.object(
        [JSONMember("stage", .string(stage)), JSONMember("step", .integer(step))] + details.members
      ).compact()
  }

  /// The step of an evaluation; 0 for what a stage reads, which it says before its first step.
  package var step: Int {
    switch content {
    case .input: 0
    case .details(_, let step): step
    }
  }

  init(_ line: JSONLine) throws {
    stage = try line.string("stage")
    text = line.value.compact()
    content =
      line.value["step"] == nil
      ? .input(try ClassificationInput(line))
      : .details(try ClassificationDetails(line), step: try line.count("step"))
  }

  /// All lines of a run, in order; none for a run without classification, and for one of an earlier swerve.
  /// - Throws: FileError for a file that was changed after it was written.
  package static func read(_ folder: RunFolder) throws -> [ClassificationLine] {
    guard POSIXFile.kind(folder.classification) != nil else { return [] }
    var lines: [ClassificationLine] = []
    _ = try JSONFile.forEachLine(folder.classification) { lines.append(try ClassificationLine($0)) }
    return lines
  }
}

extension ClassificationInput.Texts {
  package var json: JSONValue {
    ["set": .string(set), "documents": .integer(documents), "cut": .integer(cut)]
  }
}

extension ClassificationInput {
  fileprivate var members: [JSONMember] {
    [
      JSONMember(
        "texts",
        .array(texts.map(\.json))),
      JSONMember("limit", .integer(limit)),
      JSONMember("labels", .array(labels.map { .string($0.wrappedValue) })),
      JSONMember("parents", .array(parents.map { $0.map { .integer($0) } ?? .null })),
    ]
  }

  fileprivate init(_ line: JSONLine) throws {
    let labels = try line.elements("labels")
    let parents = try line.elements("parents").map { value -> Int? in
      if value == .null { return nil }
      guard let parent = value.integer, labels.indices.contains(parent) else {
        throw line.bad("parents", found: JSONLine.shown(value), expected: "null or the number of a label")
      }
      return parent
    }
    guard parents.count == labels.count, Self.leadUp(parents) else {
      throw line.bad("parents", found: "\(parents.count) numbers", expected: "a tree of \(labels.count) labels")
    }
    self.init(
      texts: try line.elements("texts").map {
        let texts = JSONLine(value: $0, path: line.path, line: line.line)
        return Texts(
          set: try texts.string("set"), documents: try texts.count("documents"), cut: try texts.count("cut"))
      },
      limit: try line.count("limit"),
      labels: try labels.map { value in
        guard let name = value.string else {
          throw line.bad("labels", found: JSONLine.shown(value), expected: "names")
        }
        return ExactString(name)
      },
      parents: parents)
  }

  /// Whether every label leads up to a child of the root.
  private static func leadUp(_ parents: [Int?]) -> Bool {
    var isKnown = [Bool](repeating: false, count: parents.count)
    for start in parents.indices {
      var way: [Int] = []
      var next: Int? = start
      while let label = next, !isKnown[label] {
        way.append(label)
        if way.count > parents.count { return false }
        next = parents[label]
      }
      for label in way { isKnown[label] = true }
    }
    return true
  }
}

extension ClassificationDetails {
  fileprivate var members: [JSONMember] {
    [
      JSONMember("set", .string(set)), JSONMember("documents", .integer(documents)),
      JSONMember("with_depth", Self.list(withDepth)), JSONMember("with_leaf", .integer(withLeaf)),
      JSONMember("truths", Self.list(truths)),
      JSONMember(
        "curve",
        .array(curve.map { .array([.double($0.threshold), .integer($0.predictions), .integer($0.hits)]) })),
      JSONMember("rules", .array(rules.map(\.json))),
    ]
  }

  fileprivate static func list(_ counts: [Int]) -> JSONValue { .array(counts.map { .integer($0) }) }

  fileprivate init(_ line: JSONLine) throws {
    let truths = try Self.counts(line, "truths")
    let curve = try line.elements("curve").map { value -> ThresholdCurve.Point in
      let parts = value.elements ?? []
      guard parts.count == 3, let threshold = parts[0].double, let predictions = parts[1].integer,
        let hits = parts[2].integer, predictions >= hits, hits >= 0
      else {
        throw line.bad("curve", found: JSONLine.shown(value), expected: "[threshold, labels, right ones]")
      }
      return ThresholdCurve.Point(threshold: threshold, predictions: predictions, hits: hits)
    }
    self.init(
      set: try line.string("set"), documents: try line.count("documents"),
      withDepth: try Self.counts(line, "with_depth"), withLeaf: try line.count("with_leaf"), truths: truths,
      curve: curve,
      rules: try line.elements("rules").map {
        try Rule(JSONLine(value: $0, path: line.path, line: line.line), labels: truths.count)
      })
  }

  fileprivate static func counts(_ line: JSONLine, _ field: String) throws -> [Int] {
    try line.elements(field).map { value in
      guard let count = value.integer, count >= 0 else {
        throw line.bad(field, found: JSONLine.shown(value), expected: "whole numbers from 0")
      }
      return count
    }
  }
}

extension ClassificationDetails.Rule {
  fileprivate var json: JSONValue {
    [
      "rule": .string(name),
      "intervals": .object(
        intervals.map { JSONMember($0.metric, .array([.float($0.low), .float($0.high)])) }),
      "predictions": ClassificationDetails.list(predictions), "hits": ClassificationDetails.list(hits),
      "confusions": .array(
        confusions.map { .array([.integer($0.pair.truth), .integer($0.pair.prediction), .integer($0.count)]) }),
      "confused_pairs": .integer(confusedPairs),
    ]
  }

  /// - Parameter labels: the labels of the tree.
  fileprivate init(_ line: JSONLine, labels: Int) throws {
    let predictions = try ClassificationDetails.counts(line, "predictions")
    let hits = try ClassificationDetails.counts(line, "hits")
    guard predictions.count == labels, hits.count == labels else {
      throw line.bad(
        "predictions", found: "\(predictions.count) numbers and \(hits.count) hits",
        expected: "one of each for the \(labels) labels")
    }
    self.init(
      name: try line.string("rule"),
      intervals: try line.members("intervals").map { member in
        let ends = (member.value.elements ?? []).compactMap(\.float)
        guard ends.count == 2 else {
          throw line.bad("intervals", found: JSONLine.shown(member.value), expected: "[low, high]")
        }
        return ClassificationDetails.Interval(metric: member.key, low: ends[0], high: ends[1])
      },
      predictions: predictions, hits: hits,
      confusions: try line.elements("confusions").map { value in
        let numbers = (value.elements ?? []).compactMap(\.integer)
        guard numbers.count == 3, (0..<labels).contains(numbers[0]), (0..<labels).contains(numbers[1]), numbers[2] > 0
        else {
          throw line.bad("confusions", found: JSONLine.shown(value), expected: "[true label, predicted one, documents]")
        }
        return SiblingConfusion(
          pair: SiblingConfusion.Pair(truth: numbers[0], prediction: numbers[1]), count: numbers[2])
      },
      confusedPairs: try line.count("confused_pairs"))
  }
}
