import ArgumentParser
import SwerveFiles
import SwerveReports
import SwerveRuns
import SwerveTensor
import SwerveText

struct ClassifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classify",
    abstract: "What a trained classifier says of texts: a tree of labels with probabilities.",
    discussion: """
      Shows the labels that are at least as probable as --least, and marks with a star what the inference rule decides. With --json: \
      one object a text with labels, paths and the probabilities of all labels.

      EXAMPLE
        swerve classify runs/things-1-0123abcd --text "it barks and wags a tail"
        swerve classify model.safetensors --data questions.jsonl --rule threshold --parameter threshold=0.3 --json
      """)

  @Argument(help: "A run with a stage of swerve.classify, or its checkpoint.", completion: .file()) var model: String
  @Option(help: ArgumentHelp("A text to classify; may be given several times.", valueName: "text")) var text: [String] =
    []
  @Option(
    help: ArgumentHelp(
      "A file of texts: a JSON object a line (.jsonl), or one text a line.", valueName: "file"), completion: .file())
  var data: String?
  @Option(help: ArgumentHelp("The field of a JSON object that has the text.", valueName: "name")) var field = "text"
  @Option(
    help: ArgumentHelp(
      "The inference rule, as in the option decode of swerve.classify. Default: hf_beta, or threshold where several paths may be right.",
      valueName: "name"))
  var rule: String?
  @Option(
    help: ArgumentHelp("A parameter of the rule; may be given several times.", valueName: "name=value"),
    transform: Self.parameter)
  var parameter: [Parameter] = []
  @Option(help: ArgumentHelp("The least probability of labels that are shown.", valueName: "p")) var least = 0.05
  @Option(help: ArgumentHelp("The stage of a run; the last one if not given.", valueName: "name")) var stage: String?
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var output: OutputOptions

  struct Parameter {
    let name: String
    let value: Double
  }

  static func parameter(_ text: String) throws -> Parameter {
    let parts = text.pieces(at: "=", omittingEmpty: false)
    guard parts.count == 2, let value = Double(parts[1]), value.isFinite else {
      throw ValidationError("--parameter takes NAME=NUMBER, as in threshold=0.3, got '\(text)'")
    }
    return Parameter(name: parts[0], value: value)
  }

  func validate() throws {
    guard text.isEmpty != (data == nil) else { throw ValidationError("give --text or --data, and not both") }
    guard least >= 0 && least <= 1 else { throw ValidationError("--least must be in 0...1, got \(least)") }
  }

  func run() throws {
    Interruption.exitAtOnce()
    let pool = WorkerPool(threads: threads.threads)
    defer { pool.close() }
    let sources =
      try data.map { try ClassifiedTexts.sources(ofFile: $0, field: field) }
      ?? text.enumerated().map { ClassifiedTexts.Source(text: Shell.unescaped($1), place: "--text \($0 + 1)") }
    let classified = try ClassifiedTexts(
      ModelFiles(ofRunOrModel: model, stage: stage), sources, rule: rule,
      parameters: parameter.map { ($0.name, $0.value) }, pool: pool)
    let shown = classified.texts.map { item in
      ClassifiedText(
        classified.tree, text: item.text, probabilities: item.answer.probabilities, labels: item.labels,
        isCut: item.answer.isCut)
    }
    if output.json {
      for item in shown { Console.write(item.json.compact() + "\n") }
    } else {
      Console.write(shown.map { $0.tree(least: least) }.joined(separator: "\n"))
    }
  }
}
