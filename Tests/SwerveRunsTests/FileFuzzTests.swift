import FileFuzzing
import Foundation
import LuaRuntime
import SwerveTestSupport
import Testing

/// A short draw of what `make fuzz-files` runs for minutes under the sanitizers.
@Suite struct FileFuzzTests {
  @Test func readsOrRejectsMutatedFilesWithoutACrash() throws {
    let seed = ProcessInfo.processInfo.environment["SWERVE_FUZZ_SEED"].flatMap(UInt64.init) ?? 1
    print("fuzz seed \(seed)")
    let temporary = try TemporaryFolder()
    try withLargeStack {
      let fuzzer = FileFuzzer(try FileCorpus(folder: temporary.path))
      var (accepted, refused) = (0, 0)
      for number in seed..<seed + 150 {
        let outcome = try fuzzer.run(seed: number)
        #expect(outcome.complaints.isEmpty, "seed \(number), \(outcome.kind): \(outcome.complaints)")
        accepted += outcome.accepted
        refused += outcome.refused
      }
      #expect(accepted > 0 && refused > 0, "seed \(seed)")
    }
  }

  /// What longer draws have found.
  @Test(arguments: [UInt64(1638), 1884])
  func survivesAFileThatOnceEndedTheProcess(seed: UInt64) throws {
    let temporary = try TemporaryFolder()
    try withLargeStack {
      let outcome = try FileFuzzer(try FileCorpus(folder: temporary.path), kinds: FileCorpus.Kind.ofRuns).run(
        seed: seed)
      #expect(outcome.complaints.isEmpty && outcome.refused + outcome.accepted > 0)
    }
  }
}
