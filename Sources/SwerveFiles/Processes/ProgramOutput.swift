import Glibc
import SwerveText

/// What another program wrote, from its start to its end.
package struct ProgramOutput: Sendable {
  package let ending: ChildProcess.Ending
  package let output: String
  package let errors: String

  package init(ending: ChildProcess.Ending, output: String = "", errors: String = "") {
    self.ending = ending
    self.output = output
    self.errors = errors
  }

  package var hasSucceeded: Bool { ending == .exit(0) }

  /// Runs a program with exactly these words; no shell reads them.
  /// - Parameters:
  ///   - words: the program's file first.
  ///   - seconds: after them the program is killed, which shows as its ending.
  /// - Throws: FileError.
  package static func of(_ words: [String], seconds: Int) throws -> ProgramOutput {
    try POSIXFile.withTemporaryFolder("swerve-program") { folder in
      let (output, errors) = (Path.join(folder, "output"), Path.join(folder, "errors"))
      let child = try ChildProcess(words, environment: [("LC_ALL", "C")], log: output, errors: errors)
      var ending = child.ending()
      for _ in 0..<seconds * 500 where ending == nil {
        usleep(2_000)
        ending = child.ending()
      }
      if ending == nil { kill(child.number, SIGKILL) }
      return ProgramOutput(
        ending: ending ?? child.wait(), output: String(decoding: try POSIXFile.read(output), as: UTF8.self),
        errors: String(decoding: try POSIXFile.read(errors), as: UTF8.self))
    }
  }
}
