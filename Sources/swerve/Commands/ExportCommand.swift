import ArgumentParser
import SwerveFiles
import SwerveReports
import SwerveRuns
import SwerveTensor
import SwerveText

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a trained model, or the numbers of runs, in the formats of other tools.",
    discussion: """
      --to hf makes a folder that transformers loads: config.json, model.safetensors in float32, and the tokenizer's files. \
      Heads of value and of classification are left out, and adapters are merged with the model below them. --to peft writes the adapters alone, as \
      peft loads them on top of that model. Of a run, the model of its last stage is written, or that of --stage.

      --to csv and jsonl write one table of any number of runs, a row for each number: run, stage, step, metric, value. A \
      metric that had nothing to measure has no row. --to tensorboard makes a folder for `tensorboard --logdir`, and --to latex \
      writes the tables of `swerve report` into a folder.

      The last path is what is written, or -o names it. A table of csv or jsonl goes to standard output where neither does.

      EXAMPLE
        swerve export runs/sums-1-0123456789ab --to hf sums-model
        swerve export runs --to csv numbers.csv
        swerve export runs/sweep-quick-0a1b2c3d --to jsonl --metric 'success/*' | head
        swerve export runs --to tensorboard -o events
        swerve export runs/sweep-quick-0a1b2c3d --to latex tables
      """)

  enum Format: String, CaseIterable, ExpressibleByArgument {
    case hf, peft, csv, jsonl, tensorboard, latex

    /// Whether a model is written, and not the numbers of runs.
    var isOfModels: Bool { self == .hf || self == .peft }
    /// Whether everything is one text, which can go to standard output.
    var isOneText: Bool { self == .csv || self == .jsonl }
  }

  @Argument(
    help: ArgumentHelp(
      "Runs, folders of them, or one run or checkpoint whose model is written; then what to write.", valueName: "path"),
    completion: .file())
  var paths: [String]
  @Option(help: "hf, peft: a model. csv, jsonl, tensorboard, latex: the numbers of runs.") var to: Format
  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("The file or folder to write. (default: the last path)", valueName: "path"),
    completion: .file())
  var destination: String?
  @Option(help: ArgumentHelp("Only this stage. (default: of a model the last one, of numbers all)", valueName: "name"))
  var stage: String?
  @Option(
    help: ArgumentHelp("Only these metrics, as names with * and ?; repeatable. (default: all)", valueName: "name"))
  var metric: [String] = []
  @OptionGroup var base: BaseOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if to.isOfModels && !metric.isEmpty {
      throw ValidationError("--metric is for numbers, and --to \(to) writes a model")
    }
    if to == .latex && stage != nil { throw ValidationError("--stage has no meaning with --to latex") }
  }

  func run() throws {
    Interruption.exitAtOnce()
    let (sources, place) = try places()
    switch (to, place) {
    case (.hf, let folder?), (.peft, let folder?): try exportModel(sources, to: folder)
    case (.tensorboard, let folder?):
      let (outcome, files) = try TensorBoardExport.write(try runs(sources), to: folder)
      report(files, outcome)
    case (.latex, let folder?): try exportTables(sources, to: folder)
    case (.csv, _): try exportRows(sources, as: .csv, to: place)
    case (.jsonl, _): try exportRows(sources, as: .jsonl, to: place)
    case (_, nil):
      throw OptionError("--to \(to) makes a folder, and none is named: give its path last, or with -o")
    }
  }

  /// What is read, and what is written; nil: standard output.
  private func places() throws -> (sources: [String], place: String?) {
    if let destination { return (paths, destination) }
    guard paths.count > 1, let last = paths.last else { return (paths, nil) }
    // No table replaces a folder or a run.
    if to.isOneText, let found = try? RunSource.find(last),
      POSIXFile.kind(found) == .folder || PackReader.isPack(found)
    {
      return (paths, nil)
    }
    return (Array(paths.dropLast()), last)
  }

  // MARK: Models

  private func exportModel(_ sources: [String], to folder: String) throws {
    guard sources.count == 1 else {
      throw OptionError("--to \(to) writes one model into one folder, got \(sources.count) models")
    }
    let pool = WorkerPool(threads: threads.threads)
    defer { pool.close() }
    let files = try ModelFiles(ofRunOrModel: sources[0], stage: stage, base: base.base)
    let model = try ModelLoading.model(files, mode: .exact, pool: pool)
    if to == .hf { try ModelExport.huggingFace(model, to: folder) } else { try ModelExport.peft(model, to: folder) }
    if output.json {
      Console.write(JSONValue.object([JSONMember("folder", .string(folder))]).compact() + "\n")
    } else {
      Console.write(folder + "\n")
    }
  }

  // MARK: Numbers

  private func runs(_ sources: [String]) throws -> ExportedRuns {
    let found = try sources.map { source in
      let path = try RunSource.find(source)
      if POSIXFile.kind(path) == .file, PackReader.isPack(path) {
        throw UsageError(
          "\(path) is a packed run, and numbers are read from run folders", hint: "`tar -xf` unpacks it")
      }
      return path
    }
    return try ExportedRuns(found, metrics: metric, stage: stage)
  }

  private func exportRows(_ sources: [String], as format: TidyTable.Format, to file: String?) throws {
    let runs = try runs(sources)
    guard let file else {
      note(try TidyTable.write(runs, as: format) { Console.write($0) })
      return
    }
    var outcome = ExportedRuns.Outcome()
    try POSIXFile.writeAtomically(to: file) { write in
      outcome = try TidyTable.write(runs, as: format) { try write(Array($0.utf8)[...]) }
    }
    report([file], outcome)
  }

  private func exportTables(_ sources: [String], to folder: String) throws {
    var question = ReportQuestion()
    question.metrics = metric
    let report = try Report(try sources.map { try RunSource.find($0) }, question)
    if !output.quiet { for note in report.notes { Console.note("note: \(note)") } }
    try POSIXFile.makeFolders(folder)
    let files = try report.tables.filter { $0.name.endsExactly(with: ".tex") }.map { table in
      let path = Path.join(folder, table.name)
      try POSIXFile.writeAtomically(table.text, to: path)
      return path
    }
    list(files, [])
  }

  private func report(_ files: [String], _ outcome: ExportedRuns.Outcome) {
    note(outcome)
    list(files, [JSONMember("values", .integer(outcome.values))])
  }

  private func list(_ files: [String], _ rest: [JSONMember]) {
    if output.json {
      let members = [JSONMember("files", .array(files.map { .string($0) }))] + rest
      Console.write(JSONValue.object(members).compact() + "\n")
    } else {
      for file in files { Console.write("\(file)\n") }
    }
  }

  private func note(_ outcome: ExportedRuns.Outcome) {
    if output.quiet || outcome.unfinished.isEmpty { return }
    let runs = outcome.unfinished
    Console.note(
      "note: \(runs.count == 1 ? "one run is" : "\(runs.count) runs are") not complete, and the steps that are there were "
        + "written: \(runs.prefix(3).joined(separator: ", "))\(runs.count > 3 ? ", ..." : "")")
  }
}
