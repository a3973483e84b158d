import ArgumentParser
import SwerveRuns
import SwerveTensor
import SwerveText

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a trained model in the format of other tools.",
    discussion: """
      --to hf makes a folder that transformers loads: config.json, model.safetensors in float32, and the tokenizer's files. \
      The value head is left out. Of a run, the model of its last stage is written, or that of --stage.

      EXAMPLE
        swerve export runs/sums-1-0123456789ab --to hf sums-model
      """)

  /// The formats that a model can be written in.
  enum Format: String, CaseIterable, ExpressibleByArgument {
    case hf
  }

  @Argument(help: "A run or a checkpoint.") var model: String
  @Argument(help: "The folder to make.") var folder: String
  @Option(help: "hf: a folder in Hugging Face's format.") var to: Format
  @Option(help: ArgumentHelp("Of a run, the stage whose model is written. (default: the last)", valueName: "name"))
  var stage: String?
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    Interruption.exitAtOnce()
    let pool = WorkerPool(threads: threads.threads)
    defer { pool.close() }
    let model = try ModelLoading.model(ModelFiles(ofRunOrModel: model, stage: stage), mode: .exact, pool: pool)
    switch to {
    case .hf: try ModelExport.huggingFace(model, to: folder)
    }
    if output.json {
      Console.write(JSONValue.object([JSONMember("folder", .string(folder))]).compact() + "\n")
    } else {
      Console.write(folder + "\n")
    }
  }
}
