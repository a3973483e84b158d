import Glibc
import RunFixtures
import SwerveFiles
import SwerveReports
import SwerveTestSupport
import Testing

/// The cache of `swerve list`: whatever happens to it, the list is that of the folders.
@Suite struct RunIndexTests {
  private static let name = ".swerve-index.sqlite"
  /// A time at which every file has long been as it is.
  private static var later: Int { Clock.nanoseconds() + 60_000_000_000 }

  private func folder(runs: Int = 4) throws -> TemporaryFolder {
    let temporary = try TemporaryFolder()
    for seed in 0..<runs { _ = try FakeRun(seed: UInt64(seed)).record(in: temporary.path) }
    return temporary
  }

  private func indexed(_ folder: TemporaryFolder) throws -> [RunRow] {
    try RunList.scan(folder.path, indexedRuns: 1, now: Self.later)
  }

  private func direct(_ folder: TemporaryFolder) throws -> [RunRow] {
    try RunList.scan(folder.path, indexedRuns: .max)
  }

  @Test func answersAsTheFoldersDo() throws {
    let folder = try folder()
    let expected = try direct(folder)
    #expect(try !POSIXFile.list(folder.path).contains(Self.name), "few runs get no index")
    for _ in 0..<3 { #expect(try indexed(folder) == expected) }
    #expect(try POSIXFile.list(folder.path).contains(Self.name))
  }

  /// That rows come from the index at all shows where a file is exchanged behind the back of every time and number.
  @Test func opensNoFilesWhileTheirStampsHold() throws {
    let folder = try folder()
    let before = try indexed(folder)
    // Unreadable content under an index that knows nothing of it would show at once.
    let copy = try POSIXFile.read(folder.file(Self.name))
    for row in before { try POSIXFile.writeAtomically("{", to: row.path + "/result.json") }
    #expect(try indexed(folder).allSatisfy { $0.state == .unreadable }, "another file has another stamp")
    try POSIXFile.writeAtomically(copy, to: folder.file(Self.name))
    #expect(try indexed(folder).allSatisfy { $0.state == .unreadable })
  }

  @Test func seesEveryChangeOfARun() throws {
    let folder = try folder()
    var paths = try indexed(folder).map(\.path)
    try POSIXFile.remove(paths[0] + "/result.json")
    #expect(try indexed(folder)[0].state == .incomplete)
    let metrics = paths[0] + "/metrics.jsonl"
    let lines = String(decoding: try POSIXFile.read(metrics), as: UTF8.self).split(separator: "\n")
    try POSIXFile.writeAtomically(lines.dropLast(3).joined(separator: "\n") + "\n", to: metrics)
    #expect(try indexed(folder)[0].steps == 22)
    try POSIXFile.remove(paths.removeLast())
    _ = try FakeRun(seed: 99).record(in: folder.path)
    let rows = try indexed(folder)
    #expect(rows.count == 4 && rows.contains { $0.seed == 99 })
    #expect(try direct(folder) == rows)
  }

  @Test func readsAFileThatWasJustWrittenAgain() throws {
    let folder = try folder()
    _ = try RunList.scan(folder.path, indexedRuns: 1)
    // Too young to be kept, so there was nothing to write.
    #expect(try !POSIXFile.list(folder.path).contains(Self.name))
  }

  @Test func listsTheSameWithADamagedIndex() throws {
    let seed: UInt64 = 11
    var random = TestRandom(seed)
    let folder = try folder()
    let expected = try indexed(folder)
    let whole = try POSIXFile.read(folder.file(Self.name))
    for round in 0..<60 {
      var bytes = whole
      switch round % 3 {
      case 0: bytes[random.within(0...bytes.count - 1)] ^= UInt8(1 << random.within(0...7))
      case 1: bytes.removeLast(random.within(1...bytes.count))
      default: for _ in 0..<200 { bytes[random.within(0...bytes.count - 1)] = UInt8(random.within(0...255)) }
      }
      try POSIXFile.writeAtomically(bytes, to: folder.file(Self.name))
      #expect(try indexed(folder) == expected && indexed(folder) == expected, "seed \(seed), round \(round)")
    }
  }

  @Test func leavesAnIndexThatIsNoFileAlone() throws {
    let folder = try folder()
    let expected = try direct(folder)
    try POSIXFile.makeFolders(folder.file(Self.name))
    #expect(try indexed(folder) == expected)
    try POSIXFile.remove(folder.file(Self.name))
    try POSIXFile.writeAtomically("mine", to: folder.file("mine"))
    try #require(symlink(folder.file("mine"), folder.file(Self.name)) == 0)
    #expect(try indexed(folder) == expected)
    #expect(try folder.text("mine") == "mine")
  }

  @Test func agreesBetweenWritersAtTheSameTime() async throws {
    let folder = try folder(runs: 6)
    let path = folder.path
    let expected = try direct(folder)
    let later = Self.later
    let lists = try await withThrowingTaskGroup(of: [RunRow].self) { group in
      for _ in 0..<12 { group.addTask { try RunList.scan(path, indexedRuns: 1, now: later) } }
      return try await group.reduce(into: [[RunRow]]()) { $0.append($1) }
    }
    #expect(lists.count == 12 && lists.allSatisfy { $0 == expected })
    #expect(try indexed(folder) == expected)
  }
}
