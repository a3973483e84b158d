import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveTestSupport
import SwerveText
import Testing

@testable import SwerveRuns

/// Samples from ranges, and who stops at a rung.
@Suite struct SweepSearchTests {
  private func samples(_ ranges: [String], _ count: Int, seed: UInt64 = 1) throws -> [[String]] {
    try SweepPlan.Sampling(ranges: try ranges.map { try SweepRange($0) }, count: count, seed: seed).samples
      .map { $0.map(\.value) }
  }

  private let ranges = ["lr=log:1e-5:1e-3", "kl=linear:0:5", "n=int:1:8", "rule=choice:a,b,c"]

  @Test func drawsTheSameFirstSamplesWhateverIsDrawnAfterThem() throws {
    let ten = try samples(ranges, 10)
    #expect(try samples(ranges, 4) == Array(ten.prefix(4)))
    #expect(try samples(ranges, 10) == ten && Set(ten).count == 10)
    #expect(try samples(ranges, 10, seed: 2) != ten)
    // A value depends on no other range.
    #expect(try samples([ranges[1]], 10).map { $0[0] } == ten.map { $0[1] })
    #expect(try samples(ranges.reversed(), 10).map { $0.reversed() } == ten)
  }

  @Test func staysInTheRanges() throws {
    for sample in try samples(ranges, 300) {
      let (lr, kl) = (try #require(Double(sample[0])), try #require(Double(sample[1])))
      #expect((1e-5...1e-3).contains(lr) && (0...5).contains(kl))
      #expect((1...8).contains(Int(sample[2]) ?? 0) && ["a", "b", "c"].contains(sample[3]))
      #expect(sample[0].filter(\.isNumber).drop { $0 == "0" }.count <= 8, "\(sample[0])")
    }
    let edge = try samples(["x=log:1e-5:1.00001e-5", "y=linear:0.123456:0.123457"], 20)
    for sample in edge {
      #expect((1e-5...1.00001e-5).contains(Double(sample[0]) ?? 0), "\(sample)")
      #expect((0.123456...0.123457).contains(Double(sample[1]) ?? 0), "\(sample)")
    }
  }

  /// In thirds of a logarithmic range there are equal numbers, in thirds of a linear one, too.
  @Test func spreadsOverTheRanges() throws {
    let drawn = try samples(["a=log:1e-6:1", "b=linear:-3:3", "c=int:1:3"], 3000)
    for (index, bounds) in [(0, [1e-4, 1e-2]), (1, [-1.0, 1.0]), (2, [1.5, 2.5])] {
      let values = drawn.compactMap { Double($0[index]) }
      let low = values.count { $0 < bounds[0] }
      let middle = values.count { $0 >= bounds[0] && $0 < bounds[1] }
      for third in [low, middle, 3000 - low - middle] { #expect((880...1120).contains(third), "\(index): \(third)") }
    }
  }

  @Test func drawsAgainWhereAPointIsThereAlready() throws {
    #expect(Set(try samples(["r=choice:a,b,c,d"], 4)).count == 4)
    #expect(try samples(["r=choice:a,b,c,d"], 2) == Array(try samples(["r=choice:a,b,c,d"], 4).prefix(2)))
    let error = #expect(throws: OptionError.self) { try samples(["r=choice:a,b"], 3) }
    #expect(error?.message.contains("--sample 3: after 2 samples") == true)
  }

  @Test(arguments: [
    ("lr", "--range needs KEY=linear:LOW:HIGH"), ("lr=1e-5:1e-3", "--range needs KEY=linear:LOW:HIGH"),
    ("lr=lgo:1:2", "did you mean 'log'?"), ("lr=log:0:1", "must be above 0"), ("lr=log:1:x", "two numbers LOW:HIGH"),
    ("lr=linear:2:1", "LOW below HIGH"), ("lr=int:1.5:3", "two whole numbers"), ("lr=choice:a,,b", "value 2 is empty"),
    ("lr=choice:a,a", "a is there twice"), ("lr=linear:1:inf", "two numbers"), ("lr=int:1:2:3", "two whole numbers"),
  ])
  func rejectsWhatIsNoRange(text: String, message: String) {
    let error = #expect(throws: OptionError.self) { try SweepRange(text) }
    #expect(error?.message.contains(message) == true, "\(String(describing: error))")
  }

  @Test func putsSamplesBeforeTheGridSoThatMoreOfThemComeLast() throws {
    func members(_ count: Int) throws -> [String] {
      let sampling = try SweepPlan.Sampling(ranges: [try SweepRange("lr=log:1e-5:1e-3")], count: count, seed: 1)
      return try SweepPlan(axes: [try SweepPlan.Axis("a=1,2")], sampling: sampling, seeds: 1...2).members.map(\.name)
    }
    let five = try members(5)
    let three = try members(3)
    #expect(five.count == 20 && Array(five.prefix(12)) == three)
    let sampling = try SweepPlan.Sampling(ranges: [try SweepRange("a=int:1:9")], count: 1, seed: 1)
    #expect(throws: OptionError.self) {
      try SweepPlan(axes: [try SweepPlan.Axis("a=1")], sampling: sampling, seeds: 1...1)
    }
  }

  // MARK: Halving

  private func kept(_ values: [Float?], _ mode: BestMetric.Mode = .max, keep: Double = 0.5, failed: Set<Int> = [])
    -> [Int]
  {
    let plan = HalvingPlan(best: BestMetric("x", mode: mode), steps: [1], keep: keep)
    let entries = values.indices.map {
      HalvingRung.Entry(member: "m\($0)", value: values[$0], hasFailed: failed.contains($0))
    }
    let decided = plan.decide(entries)
    return decided.indices.filter { decided[$0].isKept }
  }

  @Test func keepsTheBetterHalfRoundedUp() {
    #expect(kept([1, 4, 2, 3]) == [1, 3])
    #expect(kept([1, 4, 2, 3], .min) == [0, 2])
    #expect(kept([1, 2, 3]) == [1, 2])
    #expect(kept([5]) == [0])
    #expect(kept([1, 2, 3, 4, 5, 6, 7, 8, 9], keep: 1.0 / 3) == [6, 7, 8])
  }

  @Test func keepsTheEarlierOfEqualMembersAndPutsThoseWithoutAValueLast() {
    #expect(kept([2, 2, 2, 2]) == [0, 1])
    #expect(kept([nil, 1, .nan, 0.5]) == [1, 3])
    #expect(kept([nil, nil, nil]) == [0, 1])
    #expect(kept([9, 1, 2, 3], failed: [0]) == [2, 3])
    #expect(kept([-.infinity, nil, 1]) == [0, 2])
  }

  /// One lucky seed does not keep its point.
  @Test func comparesPointsByTheirMeansOverSeeds() {
    let plan = HalvingPlan(best: BestMetric("x", mode: .max), steps: [1])
    func kept(_ values: [(String, Float?)], failed: Set<Int> = []) -> [Int] {
      let entries = values.indices.map { index in
        HalvingRung.Entry(
          member: "m\(index)", point: values[index].0, value: values[index].1, hasFailed: failed.contains(index))
      }
      let decided = plan.decide(entries)
      return decided.indices.filter { decided[$0].isKept }
    }
    #expect(kept([("a", 9), ("a", 0), ("b", 5), ("b", 6)]) == [2, 3])
    // The mean is that of the seeds with a value.
    #expect(kept([("a", nil), ("a", 7), ("b", 5), ("b", 6)]) == [0, 1])
    #expect(kept([("a", 9), ("a", 0), ("b", 5), ("b", 6)], failed: [1]) == [0])
    #expect(kept([("a", 9), ("a", 9), ("b", 5), ("b", 6)], failed: [0, 1]) == [2, 3])
    #expect(kept([("a", .infinity), ("a", -.infinity), ("b", 1), ("b", 1)]) == [2, 3])
  }

  @Test(arguments: [
    ("metric=a,steps=5:10", [5, 10]), ("steps=3,metric=success/plus1,mode=min,keep=0.25,stage=rl", [3]),
  ])
  func parsesHalving(text: String, steps: [Int]) throws { #expect(try HalvingPlan(text).steps == steps) }

  @Test(arguments: [
    ("metric=a", "--halving needs metric=NAME"), ("steps=1", "--halving needs metric=NAME"),
    ("metric=a,steps=5:3", "rising whole numbers"), ("metric=a,steps=0", "rising whole numbers"),
    ("metric=a,steps=5,mode=up", "mode must be max or min"),
    ("metric=a,steps=5,keep=1", "keep must be a number in (0, 1)"),
    ("metric=a,step=5", "did you mean 'steps'?"), ("metric=a,metric=b,steps=1", "metric is there twice"),
  ])
  func rejectsWhatIsNoHalving(text: String, message: String) {
    let error = #expect(throws: OptionError.self) { try HalvingPlan(text) }
    #expect(error?.message.contains(message) == true, "\(String(describing: error))")
  }

  @Test func readsItsRecordAgainAndRefusesAnEditedOne() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("halving.json")
    let plan = try HalvingPlan("metric=x,steps=1:2")
    var record = HalvingRecord(plan: plan, members: ["a", "b", "c"])
    record.rungs = [
      HalvingRung(
        step: 1,
        entries: plan.decide([
          .init(member: "a", value: 1), .init(member: "b", value: nil), .init(member: "c", value: 3, hasFailed: true),
        ]))
    ]
    try POSIXFile.writeAtomically(record.json.pretty(), to: path)
    let read = try HalvingRecord.read(path, plan: plan, members: ["a", "b", "c"])
    #expect(read.rungs[0].entries == record.rungs[0].entries)
    #expect(read.out("a") == nil && read.out("b")?.step == 1 && read.out("c")?.entry.hasFailed == true)
    #expect(throws: UsageError.self) { try HalvingRecord.read(path, plan: plan, members: ["a", "b"]) }
    #expect(throws: UsageError.self) {
      try HalvingRecord.read(path, plan: try HalvingPlan("metric=x,steps=1:3"), members: ["a", "b", "c"])
    }
    let text = String(decoding: try POSIXFile.read(path), as: UTF8.self)
    try POSIXFile.writeAtomically(text.replacing("\"kept\": false", with: "\"kept\": true"), to: path)
    #expect(throws: RecordError.self) { try HalvingRecord.read(path, plan: plan, members: ["a", "b", "c"]) }
  }
}
