import SwerveFiles
import SwerveTestSupport
import SwerveText
import Testing

@testable import SwerveRecords

/// Whose run it is.
@Suite struct WriterMarkTests {
  private func writer(_ variables: [String: String]) -> WriterMark.Writer {
    WriterMark.Writer(environment: { variables[$0] })
  }

  @Test func namesTheJobOfSlurmOrElseTheProcess() {
    let task = writer([
      "SLURM_JOB_ID": "14", "SLURM_ARRAY_JOB_ID": "12", "SLURM_ARRAY_TASK_ID": "3", "SLURM_RESTART_COUNT": "1",
    ])
    #expect(task.text == "Slurm's job 12_3 (restart 1) on \(POSIXFile.machineName)")
    #expect(writer(["SLURM_JOB_ID": "14"]).text == "Slurm's job 14 on \(POSIXFile.machineName)")
    #expect(writer([:]).text == "process \(POSIXFile.processNumber) on \(POSIXFile.machineName)")
  }

  @Test func findsThatAnotherProcessHasTakenTheRun() throws {
    let folder = try TemporaryFolder()
    let run = RunFolder(path: folder.path)
    let first = try WriterMark.take(run, as: writer(["SLURM_JOB_ID": "4"]))
    try first.require()
    // The same job, started again.
    let second = try WriterMark.take(run, as: writer(["SLURM_JOB_ID": "4", "SLURM_RESTART_COUNT": "1"]))
    let error = #expect(throws: RecordError.self) { try first.require() }
    #expect(error?.message.contains("taken over by Slurm's job 4 (restart 1)") == true && error?.exitCode == 6)
    #expect(throws: RecordError.self) { try first.remove() }
    try second.require()
    try second.remove()
    #expect(throws: RecordError.takenOver(path: run.path, by: nil)) { try second.require() }
    try POSIXFile.writeAtomically("not a mark", to: folder.file(".writer"))
    #expect(throws: RecordError.takenOver(path: run.path, by: nil)) { try second.require() }
  }
}
