import RunFixtures
import SwerveText
import Testing

@testable import SwerveRecords

/// Bounds as the command line gives them.
@Suite struct ToleranceOptionTests {
  @Test func appliesABoundWithoutAGlobToOtherMetrics() throws {
    let table = try ToleranceTable(abs: ["1e-3", "loss*=0.5"], rel: [], ulp: ["kl/*=4"])
    #expect(table.tolerance(of: "loss/kl") == Tolerance(abs: 0.5, rel: nil, ulp: nil))
    #expect(table.tolerance(of: "kl/k2") == Tolerance(abs: nil, rel: nil, ulp: 4))
    #expect(table.tolerance(of: "entropy") == Tolerance(abs: 1e-3, rel: nil, ulp: nil))
  }

  @Test func combinesTheBoundsOfOneGlob() throws {
    let table = try ToleranceTable(abs: ["kl/*=1e-6"], rel: ["kl/*=1e-3"], ulp: ["kl/*=2"])
    #expect(table.entries.count == 1)
    #expect(table.tolerance(of: "kl/full") == Tolerance(abs: 1e-6, rel: 1e-3, ulp: 2))
    #expect(table.tolerance(of: "loss").isExact)
  }

  @Test func usesTheFirstGlobThatMatches() throws {
    let table = try ToleranceTable(abs: ["success/plus1=1", "success/*=2"], rel: [], ulp: [])
    #expect(table.tolerance(of: "success/plus1").abs == 1)
    #expect(table.tolerance(of: "success/comfort").abs == 2)
  }

  @Test func rejectsWhatIsNoBound() {
    for text in ["x", "-1", "inf", "nan", "loss=", "loss=-2"] {
      #expect(throws: UsageError.self) { try ToleranceTable(abs: [text], rel: [], ulp: []) }
    }
    #expect(throws: UsageError.self) { try ToleranceTable(abs: ["=1"], rel: [], ulp: []) }
    #expect(
      runError { _ = try ToleranceTable(abs: [], rel: [], ulp: ["1.5"]) }?.description
        == "--ulp must be a whole number from 0, or GLOB=NUMBER, got \"1.5\"")
  }

  @Test(arguments: [
    (["loss=1e-9", "loss=1e9"], "--abs has two bounds for 'loss': loss=1e-9 and loss=1e9"),
    (["1", "kl/*=2", "0.5"], "--abs has two bounds for every metric: 1 and 0.5"),
    (["*=1", "2"], "--abs has two bounds for every metric: *=1 and 2"),
  ])
  func rejectsTwoBoundsOfOneKindForOneGlob(texts: [String], message: String) {
    #expect(runError { _ = try ToleranceTable(abs: texts, rel: [], ulp: []) }?.description == message)
    #expect(runError { _ = try ToleranceTable(abs: [], rel: texts, ulp: []) }?.exitCode == 2)
    #expect(runError { _ = try ToleranceTable(abs: [], rel: [], ulp: ["kl=1", "kl=1"]) }?.exitCode == 2)
  }

  @Test func tellsGlobsApartByTheirBytes() throws {
    let table = try ToleranceTable(abs: ["caf\u{E9}=1", "cafe\u{301}=2"], rel: [], ulp: [])
    #expect(table.entries.map(\.tolerance.abs) == [1, 2])
  }

  @Test func comparesExactlyWithoutBounds() throws {
    #expect(try ToleranceTable(abs: [], rel: [], ulp: []).entries.isEmpty)
  }
}
