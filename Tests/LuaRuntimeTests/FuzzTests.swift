import Foundation
import LuaFuzzing
import LuaRuntime
import Testing

/// A short draw of what `make fuzz-lua` runs for minutes under the sanitizers.
@Suite struct FuzzTests {
  @Test func runsGeneratedScriptsTwiceAlikeAndLeavesTheProcessUnchanged() throws {
    let seed = ProcessInfo.processInfo.environment["SWERVE_FUZZ_SEED"].flatMap(UInt64.init) ?? 1
    print("fuzz seed \(seed)")
    try withLargeStack {
      let canary = Fuzzer.canaryOutput()
      let fuzzer = Fuzzer()
      for number in seed..<seed + 200 {
        var first = fuzzer.draw(seed: number)
        var second = fuzzer.draw(seed: number)
        first.run()
        second.run()
        #expect(first.complaints.isEmpty, "seed \(number): \(first.complaints)")
        #expect(first.end == second.end && first.transcript == second.transcript, "seed \(number)")
      }
      #expect(canary.hasPrefix("3=3 a=2 b=1 table: #"))
      #expect(Fuzzer.canaryOutput() == canary)
    }
  }
}
