import SwerveFiles
import SwerveRecords
import SwerveTestSupport
import SwerveText
import Testing

@testable import SwerveRuns

/// What swerve says to Slurm and reads from it, without a cluster.
@Suite struct SlurmTextTests {
  private let batch = SlurmBatch(
    folder: "/data/my 5% sweep", program: "/opt/swerve/bin/swerve", workingFolder: "/home/me", library: nil)

  @Test func readsALineOfTheQueue() throws {
    let task = try SlurmTask("swerve-0a1b2c3d-1|12|3|PENDING||Nodes required for job are DOWN|DRAINED")
    #expect(task.key == SlurmTask.Key(job: ExactString("12"), index: 3))
    #expect(task.state.isWaiting && !task.state.isOver && task.node.isEmpty)
    #expect(task.reason == "Nodes required for job are DOWN|DRAINED")
    #expect(try SlurmTask("swerve-0a1b2c3d-1.report|13|N/A|RUNNING|node1|None").index == nil)
    for word in ["RUNNING", "COMPLETING", "SUSPENDED", "NEW_IN_A_LATER_RELEASE"] {
      #expect(!SlurmState(word).isOver && !SlurmState(word).isWaiting)
    }
    for line in ["", "slurm_load_jobs error", "a|b|c"] {
      #expect(throws: SlurmError.self) { try SlurmTask(line) }
    }
  }

  @Test func readsHowAJobEnded() {
    let text = """
      JobId=3 ArrayJobId=1 ArrayTaskId=2 JobName=swerve-0a1b2c3d-1 UserId=root(0) JobState=FAILED Reason=NonZeroExitCode \
      Requeue=1 Restarts=0 ExitCode=5:0 RunTime=00:00:00 Command=/tmp/a b.sh ExitCode=9:9

      """
    #expect(SlurmEnding(text) == SlurmEnding(state: SlurmState("FAILED"), code: 5))
    #expect(SlurmEnding("slurm_load_jobs error: Invalid job id specified\n") == nil)
  }

  @Test(arguments: [
    ("OUT_OF_MEMORY", 0, 125, "failed", "--mem"), ("TIMEOUT", 0, 0, "cut", "TIMEOUT"),
    ("NODE_FAIL", 0, 0, "cut", "NODE_FAIL"),
    ("CANCELLED", 0, 15, "cut", "CANCELLED"), ("FAILED", 130, 0, "cut", "checkpoint"), ("FAILED", 6, 0, "busy", ""),
    ("FAILED", 127, 0, "failed", "exit code 127"), ("FAILED", 0, 9, "failed", "signal 9"),
    ("FAILED", 0, 53, "failed", "signal 53"), ("COMPLETED", 0, 0, "failed", "there is no result"),
  ])
  func tellsAFailureFromWhatCutAMemberOff(state: String, code: Int, signal: Int, kind: String, text: String) {
    switch SlurmDeath(SlurmEnding(state: SlurmState(state), code: code, signal: signal), log: "the.log") {
    case .failed(let reason): #expect(kind == "failed" && reason.contains(text) && reason.contains("the.log"))
    case .cutOff(let reason): #expect(kind == "cut" && reason.contains(text))
    case .busy: #expect(kind == "busy")
    }
  }

  @Test func cutsMembersIntoArraysThatSlurmTakes() {
    func cut(_ members: Int, _ limit: Int) -> [[Int]] {
      SlurmArray.cut(members, name: "s-1", limit: limit).map { [$0.offset, $0.count] }
    }
    #expect(cut(6, 1001) == [[0, 6]])
    #expect(cut(1000, 1001) == [[0, 1000]])
    #expect(cut(1001, 1001) == [[0, 1000], [1000, 1]])
    #expect(cut(2500, 1001) == [[0, 1000], [1000, 1000], [2000, 500]])
    #expect(cut(2, 1) == [[0, 1], [1, 1]])
    #expect(cut(0, 1001).isEmpty)
    let names = SlurmArray.cut(3, name: "s-1", limit: 2).map(\.name)
    #expect(names == ["s-1", "s-1.2", "s-1.3"])
    #expect(SlurmArray(name: "s", offset: 0, count: 400).indices(16) == "1-400%16")
  }

  @Test func writesABatchScriptThatCanBeSubmittedByHand() throws {
    var options = try SlurmOptions(others: ["account=mine", "exclusive", "comment=two words"])
    (options.partition, options.time, options.memory, options.throttle) = ("cpu", "90", "4G", 16)
    let arrays = SlurmArray.cut(1500, name: "swerve-0a1b2c3d-1", limit: 1001)
    let text = batch.text(1, arrays, options, threads: 2)
    let expected = """
      #!/bin/bash
      #SBATCH --job-name=swerve-0a1b2c3d-1
      #SBATCH --array=1-1000%16
      #SBATCH --output="/data/my 5%% sweep/slurm/log/%A_%a.log"
      #SBATCH --open-mode=append
      #SBATCH --requeue
      #SBATCH --signal=B:USR1@120
      #SBATCH --nodes=1
      #SBATCH --ntasks=1
      #SBATCH --cpus-per-task=2
      #SBATCH --partition=cpu
      #SBATCH --time=90
      #SBATCH --mem=4G
      #SBATCH --account=mine
      #SBATCH --exclusive
      #SBATCH --comment="two words"

      # Made by `swerve sweep --slurm`. It runs members of a sweep: a task with number N runs the member that stands on
      # line N of the list (with an argument M: on line M + N). A member that is complete ends at once, and one that was
      # cut off goes on from its checkpoint, so this may be submitted again by hand:
      #   sbatch '/data/my 5% sweep/slurm/batch-1.sh'
      #   sbatch --array=1-500%16 '/data/my 5% sweep/slurm/batch-1.sh' 1000
      set -eu
      folder='/data/my 5% sweep'
      cd -- /home/me
      line=$(sed -n "$((SLURM_ARRAY_TASK_ID + ${1:-0}))p" "$folder/slurm/members-1")
      # In place of the shell, so that signals reach it.
      exec /opt/swerve/bin/swerve sweep "$folder" --member "${line%% *}"

      """
    #expect(text === expected, "\(text)")
  }

  @Test(arguments: [
    ("array=1-3", "swerve sets it itself; --throttle"), ("mem=1G", "give --mem"),
    ("Array=1", "--slurm-option needs KEY"),
    ("=1", "--slurm-option needs KEY"), ("account=a\nb", "control character"), ("account=\"a", "a quote"),
  ])
  func rejectsOptionsOfSlurm(text: String, message: String) {
    let error = #expect(throws: OptionError.self) { try SlurmOptions(others: [text]) }
    #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    #expect(throws: OptionError.self) { try SlurmOptions(others: ["account=a", "account=b"]) }
  }

  @Test(arguments: [
    ("90", 5400, 120), ("2", 120, 24), ("0:30", 30, 10), ("1:00:00", 3600, 120), ("2-00", 172_800, 120),
    ("1-01:30", 91_800, 120), ("0-0:1:5", 65, 13), ("UNLIMITED", nil, 120), ("", nil, 120), ("1:2:3:4", nil, 120),
  ])
  func warnsMembersBeforeTheirTimeEnds(time: String, seconds: Int?, warning: Int) throws {
    var options = try SlurmOptions()
    options.time = time
    #expect(SlurmOptions.seconds(time) == seconds && options.warning == warning)
  }

  @Test func saysWhyMembersWaitAfterHalfAMinuteAndThenMoreRarely() {
    var waiting = SlurmWaiting()
    var said: [Int: [String]] = [:]
    for second in stride(from: 0, through: 300, by: 5) {
      let now = waiting.update(["PartitionConfig", "PartitionConfig", "None"], running: 0, seconds: Double(second))
      if !now.isEmpty { said[second] = now }
    }
    #expect(said.keys.sorted() == [30, 60, 120, 240])
    #expect(said[60]?.first?.hasPrefix("2 waiting for 1 min: PartitionConfig (the partition can't") == true, "\(said)")
    // That there is no more room is no news while others run.
    var busy = SlurmWaiting()
    for second in 0...100 { #expect(busy.update(["Resources"], running: 3, seconds: Double(second)).isEmpty) }
    #expect(busy.update(["Resources"], running: 0, seconds: 101).first?.contains("Resources (no machine") == true)
  }

  // MARK: Submitting, with programs that only say they are Slurm's

  private func sweep(_ folder: TemporaryFolder) throws -> Sweep {
    var definition = SweepDefinition(script: "a.lua", seeds: "1..3", seconds: 10, threads: 1, math: "exact")
    definition.grid = ["alpha=1,2"]
    return try Sweep(definition, out: folder.file("s"), runsFolder: "", scope: .none)
  }

  /// Slurm took the job, and its answer was lost.
  @Test func takesOverAJobThatSlurmAcceptedWithoutSayingSo() throws {
    let folder = try TemporaryFolder()
    nonisolated(unsafe) var calls: [[String]] = []
    let client = SlurmClient { words in
      calls.append(words)
      switch words[0] {
      case "sbatch": return ProgramOutput(ending: .exit(1), errors: "sbatch: error: timed out\n")
      case "squeue":
        let name = words.first { $0.hasPrefix("--name=") }?.dropFirst(7) ?? ""
        let wasSubmitted = calls.contains { $0[0] == "sbatch" }
        return ProgramOutput(ending: .exit(0), output: wasSubmitted ? "\(name)|77|1|PENDING||None\n" : "")
      default: return ProgramOutput(ending: .exit(0), output: "MaxArraySize            = 5\n")
      }
    }
    let jobs = try SlurmSweep(sweep(folder), client: client)
    var seen: [String] = []
    func note(_ event: SlurmSweep.Event) {
      if case .submitted(let job, let count) = event { seen.append("\(count) as \(job)") }
    }
    let members = try jobs.submit(SlurmOptions(), isCancelled: { false }, didHappen: note)
    #expect(members.count == 6 && seen == ["4 as 77", "2 as 77"])
    #expect(calls.filter { $0[0] == "sbatch" }.count == 2)
    #expect(try SlurmRecord.read(in: jobs.folder).attempts.first?.arrays.map(\.job) == ["77", "77"])
    let list = try folder.text("s/slurm/members-1")
    #expect(list.hasPrefix("1 alpha=1,seed=1\n2 alpha=1,seed=2\n") && list.hasSuffix("6 alpha=2,seed=3\n"), "\(list)")
  }

  @Test func keepsNothingOfASubmissionThatSlurmRejects() throws {
    let folder = try TemporaryFolder()
    let client = SlurmClient { words in
      words[0] == "sbatch"
        ? ProgramOutput(ending: .exit(1), errors: "sbatch: error: no such partition\nsbatch: error: so none\n")
        : ProgramOutput(ending: .exit(0))
    }
    let jobs = try SlurmSweep(sweep(folder), client: client)
    let error = #expect(throws: SlurmError.self) {
      try jobs.submit(SlurmOptions(), isCancelled: { false }, didHappen: { _ in })
    }
    #expect(error == .rejected(text: "no such partition; so none"))
    #expect(try SlurmRecord.read(in: jobs.folder).attempts.isEmpty)
  }

  @Test func readsItsRecordOfJobsAgainAndRefusesAnEditedOne() throws {
    let folder = try TemporaryFolder()
    try POSIXFile.makeFolders(folder.file("slurm"))
    var record = SlurmRecord(folder: folder.path)
    record.attempts = [
      SlurmRecord.Attempt(
        number: 1,
        arrays: [SlurmArray(name: "a", offset: 0, count: 4, job: "12"), SlurmArray(name: "b", offset: 4, count: 1)],
        report: SlurmArray(name: "c", offset: 0, count: 1, job: "14"))
    ]
    try record.write(in: folder.path)
    #expect(try SlurmRecord.read(in: folder.path) == record)
    let text = try folder.text("slurm/jobs.json")
    try POSIXFile.writeAtomically(text.replacing("\"12\"", with: "\"13\""), to: folder.file("slurm/jobs.json"))
    #expect(throws: RecordError.self) { try SlurmRecord.read(in: folder.path) }
    // What Slurm never had is dropped.
    record.settle([])
    #expect(record.attempts.map { $0.arrays.map(\.name) } == [["a"]])
  }

  @Test(arguments: [
    (SlurmError.notInstalled(program: "sbatch"), Int32(2), "there is no program sbatch in the folders of PATH"),
    (.rejected(text: "x"), 2, "Slurm does not take the job: x. `sinfo` shows"),
    (.away(seconds: 9), 5, "not answered for 9 s"),
    (.badAnswer(command: "squeue", text: "x"), 5, "squeue gave an answer that swerve can't read: \"x\""),
    (.badPath("a\"b"), 2, "can't name the path \"a\\\"b\""),
  ])
  func saysWhatIsWrongAndWhatToDo(error: SlurmError, code: Int32, text: String) {
    #expect(error.exitCode == code && error.description.contains(text), "\(error.description)")
    #expect(error.hint != nil)
  }
}
