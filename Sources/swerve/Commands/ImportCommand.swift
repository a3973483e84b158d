import ArgumentParser
import SwerveRuns
import SwerveTensor

struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "What a model file or folder holds; or the model as a checkpoint of swerve.",
    discussion: """
      Reads a folder in Hugging Face's format (config.json, safetensors, tokenizer.json), a GGUF file, or a checkpoint, and \
      prints its family, shape, tokenizer and types. Anything that is not supported is named. With -o, adapters are merged with \
      the model below them.

      EXAMPLE
        swerve import models/SmolLM2-135M-Instruct.Q4_1.gguf
      """)

  @Argument(help: "A .gguf file, a Hugging Face folder, or a checkpoint.", completion: .file()) var model: String
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Write the model as a checkpoint, with float32 weights.", valueName: "file"), completion: .file()
  )
  var output: String?
  @Flag(help: "List every tensor with its type and shape.") var tensors = false
  @OptionGroup var base: BaseOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var printing: OutputOptions

  func run() throws {
    Interruption.exitAtOnce()
    var files = try ModelFiles(model)
    files.base = base.base
    let summary = try ModelSummary(files)
    if let output {
      let pool = WorkerPool(threads: threads.threads)
      defer { pool.close() }
      try ModelExport.checkpoint(ModelLoading.model(files, mode: .exact, pool: pool), to: output, from: files)
    }
    Console.write(printing.json ? summary.json.compact() + "\n" : summary.text(listsTensors: tensors))
  }
}
