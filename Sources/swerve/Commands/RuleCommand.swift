import ArgumentParser
import SwerveFiles
import SwerveRL
import SwerveReports
import SwerveRuns
import SwerveScript
import SwerveText

struct RuleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rule",
    abstract: "What a script's rule says of a text, token by token.",
    discussion: """
      The model of the checkpoint answers the prompt, and each token is shown with the reference's certainty, the rule's weight \
      of the KL penalty, and its probability under policy and reference. On a terminal the answer is shaded: orange where the \
      weight is low and the policy is free, blue below 0. In --prompt and --answer, \\n is a new line.

      EXAMPLE
        swerve rule examples/addition.lua --on examples/models/addition-3.safetensors --prompt 12+3456
        swerve rule examples/addition.lua --on examples/models/addition-3.safetensors --prompt 12+3456 --svg tokens.svg
      """)

  @Argument(help: "The Lua file that describes the experiment.", completion: .luaFile) var script: String
  @Option(
    name: .customLong("on"), help: ArgumentHelp("The checkpoint of the policy.", valueName: "checkpoint"),
    completion: .file())
  var checkpoint: String
  @Option(help: ArgumentHelp("What to answer; for addition a sum such as 12+34.", valueName: "text")) var prompt: String
  @Option(help: ArgumentHelp("Score this answer instead of sampling one.", valueName: "text")) var answer: String?
  @Flag(help: "Take the most probable tokens instead of sampling.") var greedy = false
  @Option(
    help: ArgumentHelp(
      "The reference's checkpoint. (default: the file that the stage starts from, else that of --on)",
      valueName: "checkpoint"), completion: .file())
  var reference: String?
  @Option(
    help: ArgumentHelp("The stage whose rule is called. (default: the last stage with a rule)", valueName: "name"))
  var stage: String?
  @Option(
    help: ArgumentHelp("The step at which the rule is called. (default: the last step of the stage)", valueName: "n"))
  var step: Int?
  @Option(help: ArgumentHelp("Also draw the shaded text into this file.", valueName: "file")) var svg: String?
  @OptionGroup var base: BaseOptions
  @OptionGroup var options: ScriptOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if greedy && answer != nil { throw ValidationError("--greedy and --answer each say what the answer is: give one") }
  }

  func run() throws {
    Interruption.exitAtOnce()
    var settings = options.runSettings
    settings.threads = threads.threads
    settings.base = base.base
    let script = try LoadedScript.load(script, settings, output: Console.noteText)
    var question = RuleView.Question(
      checkpoint: checkpoint, prompt: Shell.unescaped(prompt),
      answer: answer.map { .given(Shell.unescaped($0)) } ?? (greedy ? .greedy : .sampled))
    question.reference = reference
    question.stage = stage
    question.step = step
    let view = try RuleView(script, question)
    if let svg { try POSIXFile.writeAtomically(view.svg(), to: svg) }
    Console.write(
      output.json
        ? view.json.compact() + "\n"
        : view.text(paint: TokenColors.isOn ? { TokenColors.paint($0, weight: $1) } : nil))
    if let svg, !output.quiet && !output.json { Console.note("drawn: \(svg)") }
  }
}

/// Colours behind the tokens of a text on standard output.
private enum TokenColors {
  static let isOn = Console.outputIsTerminal && Terminal.takesEscapes

  /// Colours for increasing weights, from the 256 colours of terminals: orange, paler and paler. Weights near 1 and
  /// above have no colour.
  private static let ramp = [208, 214, 220, 222, 229, 230]

  /// - Parameter weight: the weight of the KL penalty; 1 is the usual weight.
  static func paint(_ text: String, weight: Float) -> String {
    guard weight < 0.9 else { return text }
    let color = weight < 0 ? 117 : ramp[min(ramp.count - 1, Int(weight * Float(ramp.count)))]
    // A line end would shade the rest of the line.
    let shown = text == "\n" ? "\u{21B5}" : text
    let painted = "\u{1B}[48;5;\(color);38;5;16m\(shown)\u{1B}[0m"
    return text == "\n" ? painted + "\n" : painted
  }
}
