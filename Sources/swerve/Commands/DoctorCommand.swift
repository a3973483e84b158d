import ArgumentParser
import SwerveFiles
import SwerveRuns

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "What this machine is, what is promised on it, and a self-test of the math.",
    discussion: """
      The self-test computes fixed problems and compares digests of the results with those in the source. If all agree, what \
      other machines recorded with the same math version replays here bit for bit.

      EXAMPLE
        swerve doctor
      """)

  @OptionGroup var threads: ThreadOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let report = DoctorReport.make(threads: threads.threads, cores: ThreadOptions.cores)
    Console.write(output.json ? report.json.compact() + "\n" : report.text(withPromises: !output.quiet))
    if !report.isHealthy { throw ExitCode(1) }
  }
}
