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
      Heads of value and of classification are left out, and adapters are merged with the model below them. --to peft writes the adapters alone, as \
      peft loads them on top of that model. Of a run, the model of its last stage is written, or that of --stage.

      EXAMPLE
        swerve export runs/sums-1-0123456789ab --to hf sums-model
      """)

  /// The formats that a model can be written in.
  enum Format: String, CaseIterable, ExpressibleByArgument {
    case hf, peft
  }

  @Argument(help: "A run or a checkpoint.", completion: .file()) var model: String
  @Argument(help: "The folder to make.", completion: .directory) var folder: String
  @Option(help: "hf: a whole model for transformers; peft: adapters for peft.") var to: Format
  @Option(help: ArgumentHelp("Of a run, the stage whose model is written. (default: the last)", valueName: "name"))
  var stage: String?
  @OptionGroup var base: BaseOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    Interruption.exitAtOnce()
    let pool = WorkerPool(threads: threads.threads)
    defer { pool.close() }
    let files = try ModelFiles(ofRunOrModel: model, stage: stage, base: base.base)
    let model = try ModelLoading.model(files, mode: .exact, pool: pool)
    switch to {
    case .hf: try ModelExport.huggingFace(model, to: folder)
    case .peft: try ModelExport.peft(model, to: folder)
    }
    if output.json {
      Console.write(JSONValue.object([JSONMember("folder", .string(folder))]).compact() + "\n")
    } else {
      Console.write(folder + "\n")
    }
  }
}
