import ArgumentParser
import SwerveFiles
import SwerveRecords
import SwerveReports
import SwerveRuns
import SwerveText

struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show one run in full: status, first and last metrics of each stage, what went in, where it ran.",
    discussion: """
      EXAMPLE
        swerve show runs/quick-1-0a1b2c3d
        swerve show 0a1b2c3d --check      by a part of its name in runs/; and whether any file was changed
        swerve show runs/addition-1-5e6f7a8b --svg success.svg --metric 'success/*'
      """)

  @Argument(
    help: ArgumentHelp("A run folder, its name in runs/ or a packed run.", valueName: "run"), completion: .file())
  var name: String
  @Option(
    help: ArgumentHelp("Also draw metrics over the steps into this file.", valueName: "file"), completion: .file())
  var svg: String?
  @Option(help: ArgumentHelp("The metrics to draw, as names with * and ?.", valueName: "glob"))
  var metric = RunChart.usual
  @Flag(help: "Only compare every file with its digest, and name the first that was changed.") var check = false
  @Flag(help: "Also list every metric of each inference rule, and the digest of every file that the run read.")
  var all = false
  @OptionGroup var output: OutputOptions

  func run() throws {
    Interruption.cleanUpFirst()
    try RunSource.withFolder(name) { try check ? verify($0) : show($0) }
  }

  private func verify(_ folder: String) throws {
    let outcome = try RunCheck.run(folder)
    if output.json {
      let members: [JSONMember] = [
        JSONMember("run", .string(name)), JSONMember("intact", true), JSONMember("files", .integer(outcome.files)),
        JSONMember("every_byte", .bool(outcome.isComplete)),
      ]
      return Console.write(JSONValue.object(members).compact() + "\n")
    }
    Console.write("checked \(outcome.files) files: intact\n")
    if !outcome.isComplete && !output.quiet {
      Console.note("the run has no SHA256SUMS: only what its records say of each other was checked")
    }
  }

  private func show(_ folder: String) throws {
    let run = try RunReader.read(folder)
    if let svg { try POSIXFile.writeAtomically(try RunChart(run, only: Glob(metric)).svg(), to: svg) }
    let summary = RunSummary(run, label: POSIXFile.kind(name) == .file ? name : nil)
    Console.write(output.json ? summary.json.compact() + "\n" : summary.text(showsAll: all))
  }
}
