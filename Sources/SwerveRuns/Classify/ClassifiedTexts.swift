import SwerveFiles
import SwerveRL
import SwerveTensor
import SwerveText

/// What `swerve classify` does: a classifier reads texts.
package struct ClassifiedTexts {
  package struct Text {
    package let text: String
    package let answer: TextClassifier.Answer
    /// What the inference rule decided, rising.
    package let labels: [Int]
  }

  /// A text and where it is from, for errors.
  package struct Source {
    let text: String
    let place: String

    package init(text: String, place: String) {
      (self.text, self.place) = (text, place)
    }
  }

  package let tree: LabelTree
  package let texts: [Text]

  /// - Parameters:
  ///   - rule: of `LabelDecoderTable`; nil: the one that suits the classifier.
  ///   - parameters: of the rule by name; the others have their defaults.
  /// - Throws: UsageError for a rule or a parameter that is not known, and for a text that can't be read; ModelError for a model
  ///   that is no classifier.
  package init(
    _ files: ModelFiles, _ sources: [Source], rule: String?, parameters: [(name: String, value: Double)],
    pool: WorkerPool
  ) throws {
    let asked = try rule.map { try Self.row($0) }
    let classifier = try TextClassifier(ModelLoading.model(files, mode: .exact, pool: pool), pool: pool)
    let decoder = try asked ?? Self.row(classifier.defaultRule)
    let values = try Self.values(decoder, parameters)
    tree = classifier.tree
    let read = try sources.map { source in
      do {
        return try classifier.tokens(source.text)
      } catch let error as any UserFacingError {
        throw UsageError("\(source.place): \(error.message)", hint: error.hint)
      }
    }
    let decide = decoder.decoder(tree, values)
    texts = zip(sources, try classifier.answers(read)).map { source, answer in
      Text(text: source.text, answer: answer, labels: decide.labels(answer.probabilities))
    }
  }

  private static func row(_ name: String) throws -> LabelDecoderRow {
    if let row = LabelDecoderTable.row(named: name) { return row }
    throw UsageError(
      "there is no inference rule '\(name)'\(didYouMean(name, among: LabelDecoderTable.names))",
      hint: "rules: " + LabelDecoderTable.names.joined(separator: ", "))
  }

  private static func values(
    _ row: LabelDecoderRow, _ parameters: [(name: String, value: Double)]
  ) throws -> [Double?] {
    let known = row.parameters.map(\.name)
    for (name, value) in parameters {
      guard let parameter = row.parameters.first(where: { $0.name === name }) else {
        throw UsageError(
          "the rule \(row.name) has no parameter '\(name)'\(didYouMean(name, among: known))",
          hint: known.isEmpty ? "it has none" : "it has \(known.joined(separator: ", "))")
      }
      guard parameter.accepts(value) else {
        throw UsageError("the parameter \(name) of rule \(row.name) must be \(parameter.expected), got \(value)")
      }
    }
    return row.parameters.map { parameter in parameters.last { $0.name === parameter.name }?.value }
  }

  /// The texts of a file: a field of the JSON object on each line, or, without JSON, the lines themselves.
  /// - Throws: FileError; UsageError that names the line that has no such text.
  package static func sources(ofFile path: String, field: String) throws -> [Source] {
    let lines = try POSIXFile.text(path).pieces(at: "\n", omittingEmpty: false)
    let isJSON = path.endsExactly(with: ".jsonl")
    var sources: [Source] = []
    for (index, line) in lines.enumerated() where !line.utf8.isBlankASCII {
      let place = "\(path):\(index + 1)"
      sources.append(
        Source(text: isJSON ? try text(line, field: field, place) : line.start(before: "\r") ?? line, place: place))
    }
    if sources.isEmpty { throw UsageError("\(path) has no texts") }
    return sources
  }

  private static func text(_ line: String, field: String, _ place: String) throws -> String {
    let value: JSONValue
    do {
      value = try JSONParser.parse(Array(line.utf8))
    } catch {
      throw UsageError("\(place): \(error.message) (byte \(error.column) of the line)")
    }
    guard case .string(let text)? = value[field] else {
      throw UsageError(
        "\(place): expected a text in the field '\(field)'", hint: "--field NAME names the field that has the text")
    }
    return text
  }
}
