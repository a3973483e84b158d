import ArgumentParser
import SwerveFiles
import SwerveRuns
import SwerveTensor
import SwerveText

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Training and sampling throughput of this machine, in tokens a second.",
    discussion: """
      \(Bench.explanation)

      EXAMPLE
        swerve bench --config nano --config small --json
        swerve bench --config nano --part sample
        swerve bench --model models/SmolLM2-135M-Instruct.Q4_1.gguf --json

      With --model, a language model is measured:
      \(ModelBench.explanation)
      """)

  @Option(
    name: .customLong("config"),
    help: ArgumentHelp("nano, small or gpt2; may be repeated. (default: nano and small)", valueName: "name"))
  var configs: [BenchConfiguration] = []
  @Option(
    name: .customLong("part"),
    help: ArgumentHelp(
      "train, sample or finetune; with --model train, score, sample16, sample64 or grpo. May be repeated. (default: all)",
      valueName: "name"))
  var parts: [String] = []
  @Option(
    help: ArgumentHelp("Measure the model of a .gguf file, a folder or a checkpoint.", valueName: "model"),
    completion: .file())
  var model: String?
  @OptionGroup var threads: ThreadOptions
  @Option(help: "exact or blas: where matrix products are computed.") var math: MathMode = .exact
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if model != nil && !configs.isEmpty {
      throw ValidationError("--model and --config each say what to measure: give one")
    }
    _ = try model == nil ? chosen(BenchPart.self).count : chosen(ModelBenchPart.self).count
  }

  /// The parts that were asked for; all if none were.
  private func chosen<Part: RawRepresentable<String> & CaseIterable & Hashable>(_ type: Part.Type) throws -> Set<Part> {
    let known = Part.allCases.map(\.rawValue)
    let found = try parts.map { name in
      guard let part = Part(rawValue: name) else {
        throw ValidationError(
          "--part must be one of \(known.joined(separator: ", ")), got \(name)\(didYouMean(name, among: known))")
      }
      return part
    }
    return Set(found.isEmpty ? Array(Part.allCases) : found)
  }

  func run() throws {
    Interruption.exitAtOnce()
    if math == .blas { _ = try OpenBLAS.load() }
    if let model { return try measure(model) }
    let configs = configs.isEmpty ? [.nano, .small] : configs
    let parts = try chosen(BenchPart.self)
    if !output.json && !output.quiet { Console.note(Bench.explanation + "\n") }
    let bench = Bench(threads: threads.threads, mode: math)
    let peak = bench.peakGflops()
    var rows = [BenchRow.head]
    for config in configs {
      let row = try bench.measure(config, parts: parts, peak: peak) { part in
        if !output.quiet { Console.live("\(config.rawValue): \(part.rawValue)") }
      }
      Console.clearLive()
      rows.append(row.cells)
      if output.json { Console.write(row.json.compact() + "\n") }
    }
    if !output.json { Console.write(TextTable.text(rows)) }
  }

  private func measure(_ model: String) throws {
    if !output.json && !output.quiet { Console.note(ModelBench.explanation + "\n") }
    let pool = WorkerPool(threads: threads.threads)
    defer { pool.close() }
    let loaded = try ModelLoading.model(ModelFiles(model), mode: math, pool: pool)
    let row = try ModelBench(loaded, pool: pool).measure(chosen(ModelBenchPart.self)) { part in
      if !output.quiet { Console.live(part.rawValue) }
    }
    Console.clearLive()
    Console.write(output.json ? row.json.compact() + "\n" : TextTable.text(row.cells))
  }
}

extension BenchConfiguration: ExpressibleByArgument {}
