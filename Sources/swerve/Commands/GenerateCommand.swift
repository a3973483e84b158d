import ArgumentParser
import SwerveFiles
import SwerveRuns
import SwerveTensor
import SwerveText

struct GenerateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate",
    abstract: "What a model writes after a prompt, for a first look.",
    discussion: """
      Takes the most probable token each time; with --temperature, tokens are drawn from the seed. The text ends with one of \
      the model's end tokens or after --max-tokens. In --prompt, \\n is a new line. With --json: ids (generated tokens), text, \
      and the log-probability of each token.

      EXAMPLE
        swerve generate models/SmolLM2-135M-Instruct.Q4_1.gguf --prompt "The capital of France is" --max-tokens 8
      """)

  @Argument(help: "A .gguf file, a Hugging Face folder, a checkpoint, or a run.", completion: .file()) var model: String
  @Option(help: ArgumentHelp("The text to continue.", valueName: "text")) var prompt: String
  @Option(help: ArgumentHelp("Most tokens to generate.", valueName: "n")) var maxTokens = 64
  @Option(help: ArgumentHelp("Draw tokens at this temperature.", valueName: "t")) var temperature: Float?
  @Option(
    parsing: .unconditional, help: ArgumentHelp("The seed of the drawn tokens.", valueName: "n"),
    transform: ScriptOptions.seed)
  var seed: UInt64 = 1
  @OptionGroup var base: BaseOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard (1...1 << 20).contains(maxTokens) else {
      throw ValidationError("--max-tokens must be in 1...1048576, got \(maxTokens)")
    }
    if let temperature, !(temperature > 0 && temperature <= 1000) {
      throw ValidationError("--temperature must be above 0 and at most 1000, got \(temperature)")
    }
  }

  func run() throws {
    Interruption.exitAtOnce()
    let pool = WorkerPool(threads: threads.threads)
    defer { pool.close() }
    let model = try ModelLoading.model(ModelFiles(ofRunOrModel: model, base: base.base), mode: .exact, pool: pool)
    let generated = try GeneratedText(
      model, prompt: Shell.unescaped(prompt), limit: maxTokens, temperature: temperature, seed: seed, pool: pool)
    Console.write(output.json ? generated.json.compact() + "\n" : generated.text + "\n")
  }
}
