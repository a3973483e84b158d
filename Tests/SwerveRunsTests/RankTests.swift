import SwerveModel
import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveRL
@testable import SwerveRuns

/// How processes find out that they are ranks, and what they agree on. The ranks here are threads.
@Suite struct RankTests {
  private func plan(_ asked: Int?, _ variables: [String: String]) throws -> RankPlan {
    try RankPlan.make(asked: asked) { variables[$0].flatMap { Int($0) } }
  }

  @Test func computesAloneUnlessAsked() throws {
    #expect(try plan(nil, [:]) == .alone)
    #expect(try plan(1, [:]) == .alone)
    #expect(try plan(4, [:]) == .launch(4))
    #expect(try plan(nil, ["OMPI_COMM_WORLD_SIZE": "1"]) == .alone)
    #expect(try plan(1, ["OMPI_COMM_WORLD_SIZE": "3"]) == .alone)
    // A batch script of Slurm is one process.
    #expect(try plan(4, ["SLURM_JOB_ID": "7", "SLURM_NTASKS": "4", "SLURM_PROCID": "0"]) == .launch(4))
  }

  @Test func joinsWhatALauncherStarted() throws {
    #expect(try plan(nil, ["OMPI_COMM_WORLD_SIZE": "3"]) == .join(3))
    #expect(try plan(nil, ["PMI_SIZE": "2", "PMI_RANK": "1"]) == .join(2))
    #expect(try plan(nil, ["PMIX_RANK": "0", "SLURM_STEP_NUM_TASKS": "5", "SLURM_NTASKS": "9"]) == .join(5))
    // MPI then says which of both numbers is right.
    #expect(try plan(4, ["OMPI_COMM_WORLD_SIZE": "3"]) == .join(4))
    #expect(try plan(4, ["OMPI_COMM_WORLD_SIZE": "1"]) == .join(4))
  }

  @Test func rejectsTasksThatDoNotKnowOfEachOther() throws {
    let step = ["SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "2", "SLURM_STEP_ID": "0"]
    #expect(throws: RankError.notJoined(4)) { try plan(4, step) }
    // Each of them may be a run of its own, with another seed.
    #expect(try plan(nil, step) == .alone)
    #expect(try plan(1, step) == .alone)
  }

  @Test func sharesTheProcessorsOfAMachine() {
    #expect(RankPlan.threads(cores: 8, ranks: 2) { _ in nil } == 4)
    #expect(RankPlan.threads(cores: 2, ranks: 3) { _ in nil } == 1)
    #expect(RankPlan.threads(cores: 8, ranks: 4) { ["OMPI_COMM_WORLD_LOCAL_SIZE": 2][$0] } == 4)
    #expect(RankPlan.threads(cores: 8, ranks: 4) { ["SLURM_CPUS_PER_TASK": 3][$0] } == 3)
  }

  /// Counts what it is asked; rank 0's wants a snapshot of every second step.
  private final class Counter: CancellingObserver, @unchecked Sendable {
    var snapshots = 0
    var isCancelled = false
    let wants: Bool
    private var step = 0

    init(wants: Bool) { self.wants = wants }

    func stepDidEnd(_ record: StepRecord) { step = record.step }

    func stepCanResume(isStopping: Bool, _ snapshot: () throws -> StageSnapshot) throws {
      guard wants, step % 2 == 0 else { return }
      _ = try snapshot()
      snapshots += 1
    }
  }

  /// - Returns: of each rank, the snapshots that were asked for, the step after which it stopped, and its error.
  private func steps(
    _ ranks: Int, cancelling: Int? = nil, weight: @escaping @Sendable (_ rank: Int, _ step: Int) -> Float
  ) -> [(asked: Int, stopped: Int?, error: RankError?)] {
    ThreadCommunicator.run(ranks) { communicator in
      let counter = Counter(wants: communicator.rank == 0)
      let observer = RankObserver(counter, communicator, comparesEvery: 3)
      var asked = 0
      for step in 1...6 {
        if step == 4 && communicator.rank == cancelling { counter.isCancelled = true }
        let values = FloatBuffer([weight(communicator.rank, step)])
        let record = StepRecord(
          stage: "s", step: step, metrics: [], notCompared: [],
          weights: [NamedTensor(name: "w", shape: [1], values: values.values)])
        do {
          try withExtendedLifetime(values) {
            try observer.endStep(record) {
              asked += 1
              return StageSnapshot(stage: "s", step: step, metadata: [], tensors: [])
            }
          }
        } catch let error as TrainingCancelled {
          return (asked, error.step, nil)
        } catch let error as RankError {
          return (asked, nil, error)
        } catch {
          return (-1, nil, nil)
        }
      }
      return (asked, nil, nil)
    }
  }

  @Test(arguments: [2, 3]) func asksEveryRankForItsPartOfASnapshot(ranks: Int) {
    for (asked, stopped, error) in steps(ranks, weight: { _, step in Float(step) }) {
      #expect(asked == 3 && stopped == nil && error == nil)
    }
  }

  @Test(arguments: [0, 1, 2]) func stopsAllRanksAfterTheSameStep(cancelled: Int) {
    for (_, stopped, error) in steps(3, cancelling: cancelled, weight: { _, step in Float(step) }) {
      #expect(stopped == 4 && error == nil)
    }
  }

  @Test func namesTheRankWhoseWeightsDiffer() {
    for (_, _, error) in steps(3, weight: { rank, step in rank == 2 && step == 3 ? 8 : Float(step) }) {
      #expect(error == .weightsDiffer(rank: 2, stage: "s", step: 3))
    }
  }

  /// As two kinds of processors under --math blas, or another version on one machine.
  @Test func namesWhatRanksDoNotHaveInCommon() {
    func errors(_ value: @escaping @Sendable (_ rank: Int) -> String) -> [RankError?] {
      ThreadCommunicator.run(3) { communicator in
        do {
          try RankAgreement.require([("version", "1"), ("processor", value(communicator.rank))], communicator)
          return nil
        } catch {
          return error as? RankError
        }
      }
    }
    #expect(errors { _ in "Zen 4" } == [nil, nil, nil])
    let differs = RankError.differs(what: "processor", rank: 1)
    #expect(errors { $0 == 1 ? "Skylake" : "Zen 4" } == [differs, differs, differs])
  }
}
