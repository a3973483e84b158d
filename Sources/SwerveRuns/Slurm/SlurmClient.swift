import SwerveFiles
import SwerveText

/// Slurm's programs: all that swerve asks of a cluster goes through here, as words that no shell reads.
package struct SlurmClient {
  private let execute: (_ words: [String]) throws -> ProgramOutput
  /// squeue and sbatch give up after about 20 seconds where no controller answers.
  private static let seconds = 90

  /// - Parameter execute: runs a program, whose name comes first.
  init(execute: @escaping (_ words: [String]) throws -> ProgramOutput) { self.execute = execute }

  /// - Throws: SlurmError.notInstalled.
  package init() throws {
    var files: [ExactString: String] = [:]
    for program in ["sbatch", "squeue", "scontrol"] {
      guard let file = ChildProcess.find(program) else { throw SlurmError.notInstalled(program: program) }
      files[ExactString(program)] = file
    }
    let found = files
    self.init { words in
      guard let program = words.first, let file = found[ExactString(program)] else {
        throw SlurmError.notInstalled(program: words.first ?? "")
      }
      return try ProgramOutput.of([file] + words.dropFirst(), seconds: Self.seconds)
    }
  }

  /// Whether the controller answers.
  func isAnswering() throws -> Bool { try execute(["scontrol", "ping"]).hasSucceeded }

  /// An array's indices are below this number.
  func maxArraySize() throws -> Int {
    let text = try execute(["scontrol", "show", "config"]).output
    let line = text.pieces(at: "\n").first { $0.beginsExactly(with: "MaxArraySize") }
    // Slurm's own default.
    return line?.pieces(at: " ").last.flatMap { Int($0) } ?? 1001
  }

  /// How a submission ended.
  enum Submission: Equatable {
    case accepted(job: String)
    /// sbatch failed. The job may be there all the same, and so may be its name.
    case failed(text: String)
  }

  /// - Parameter arguments: those of sbatch.
  func submit(_ arguments: [String]) throws -> Submission {
    let answer = try execute(["sbatch", "--parsable"] + arguments)
    guard answer.hasSucceeded else {
      let text = answer.errors.pieces(at: "\n").map { $0.rest(after: "sbatch: error: ") ?? $0 }.joined(separator: "; ")
      return .failed(text: text.isEmpty ? "sbatch ended with \(answer.ending)" : text)
    }
    // "12", or "12;cluster" where several clusters are one.
    guard let job = answer.output.pieces(at: "\n").last?.pieces(at: ";").first, Int(job) != nil else {
      throw SlurmError.badAnswer(command: "sbatch", text: answer.output)
    }
    return .accepted(job: job)
  }

  /// The jobs with these names, those that ended some minutes ago included. By name, because an id that is no longer
  /// known would be an error.
  /// - Returns: nil if the controller does not answer.
  func tasks(named names: [String]) throws -> [SlurmTask]? {
    if names.isEmpty { return [] }
    let answer = try execute([
      "squeue", "--me", "--noheader", "--array", "--states=all", "--name=" + names.joined(separator: ","),
      "--format=" + SlurmTask.format,
    ])
    guard answer.hasSucceeded else { return nil }
    return try answer.output.pieces(at: "\n").map { try SlurmTask($0) }
  }

  /// How one job of an array ended; nil: Slurm no longer knows, or does not answer.
  func ending(_ task: SlurmTask.Key) throws -> SlurmEnding? {
    let index = task.index.map { "_\($0)" } ?? ""
    let answer = try execute(["scontrol", "--oneliner", "show", "job", task.job.wrappedValue + index])
    return answer.hasSucceeded ? SlurmEnding(answer.output) : nil
  }
}
