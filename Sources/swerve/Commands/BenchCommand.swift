import ArgumentParser
import SwerveFiles
import SwerveRuns
import SwerveTensor

struct BenchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Training and sampling throughput of this machine, in tokens a second.",
    discussion: """
      \(Bench.explanation)

      EXAMPLE
        swerve bench --config nano --config small --json
        swerve bench --config nano --part sample
      """)

  @Option(
    name: .customLong("config"),
    help: ArgumentHelp("nano, small or gpt2; may be repeated. (default: nano and small)", valueName: "name"))
  var configs: [BenchConfiguration] = []
  @Option(
    name: .customLong("part"),
    help: ArgumentHelp("train, sample or finetune; may be repeated. (default: all)", valueName: "name"))
  var parts: [BenchPart] = []
  @OptionGroup var threads: ThreadOptions
  @Option(help: "exact or blas: where matrix products are computed.") var math: MathMode = .exact
  @OptionGroup var output: OutputOptions

  func run() throws {
    Interruption.exitAtOnce()
    let configs = configs.isEmpty ? [.nano, .small] : configs
    let parts = Set(parts.isEmpty ? BenchPart.allCases : parts)
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
}

extension BenchConfiguration: ExpressibleByArgument {}
extension BenchPart: ExpressibleByArgument {}
