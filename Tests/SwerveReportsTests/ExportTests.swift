import RunFixtures
import SwerveRL
import SwerveTestSupport
import SwerveText
import Testing

@testable import SwerveFiles
@testable import SwerveRecords
@testable import SwerveReports

/// The numbers of runs for other programs.
@Suite struct ExportTests {
  private func table(_ runs: ExportedRuns, _ format: TidyTable.Format) throws -> String {
    var text = ""
    _ = try TidyTable.write(runs, as: format) { text += $0 }
    return text
  }

  @Test func writesARowForEachNumberThatWasMeasured() throws {
    let temporary = try TemporaryFolder()
    let path = try FakeRun().record(in: temporary.path)
    let run = try RunReader.read(path)
    let expected = run.recorded.steps.flatMap { line in
      line.metrics.compactMap { metric in
        metric.value.map { "\(path),\(line.stage),\(line.step),\(metric.name),\(ExactText.text($0))" }
      }
    }
    let lines = try table(ExportedRuns([path]), .csv).pieces(at: "\n", omittingEmpty: false)
    #expect(lines.first == "run,stage,step,metric,value\r" && lines.last == "")
    #expect(lines.dropFirst().dropLast().map { $0.start(before: "\r") ?? $0 }.areExactly(expected))
    // Every second step has no critical_step_k, and a missing number is no row.
    #expect(expected.count == 25 * 3 + 13)
  }

  @Test func writesTheSameRowsAsObjects() throws {
    let temporary = try TemporaryFolder()
    var fake = FakeRun()
    fake.change = { _, step, metric in
      metric.name == "loss" ? Metric("a \"loss\",\n<b>", [1: .nan, 2: -.infinity][step] ?? metric.value) : metric
    }
    let path = try fake.record(in: temporary.path)
    let runs = try ExportedRuns([path])
    let objects = try table(runs, .jsonl).pieces(at: "\n").map { try JSONParser.parse($0) }
    let rows = try table(runs, .csv)
    let found = objects.map { object in
      ["run", "stage", "metric", "value"].map { object[$0]?.string ?? object[$0]?.compact() ?? "-" }
        + ["\(object["step"]?.integer ?? -1)"]
    }
    let expected = try cells(rows).dropFirst().map { [$0[0], $0[1], $0[3], $0[4], $0[2]] }
    #expect(found == Array(expected))
    #expect(found.contains([path, "pretrain", "a \"loss\",\n<b>", "nan", "1"]))
    #expect(found.contains([path, "pretrain", "a \"loss\",\n<b>", "-inf", "2"]))
  }

  /// The cells of a table without any of the writer's code.
  private func cells(_ text: String) throws -> [[String]] {
    var rows: [[String]] = [[""]]
    var isQuoted = false
    var scalars = Array(text.unicodeScalars)[...]
    while let scalar = scalars.popFirst() {
      let row = rows.count - 1
      switch scalar {
      case "\"" where isQuoted && scalars.first == "\"":
        scalars.removeFirst()
        rows[row][rows[row].count - 1] += "\""
      case "\"": isQuoted.toggle()
      case "," where !isQuoted: rows[row].append("")
      case "\r" where !isQuoted: continue
      case "\n" where !isQuoted: rows.append([""])
      default: rows[row][rows[row].count - 1].unicodeScalars.append(scalar)
      }
    }
    return Array(rows.dropLast())
  }

  @Test func selectsMetricsAndStagesByName() throws {
    let temporary = try TemporaryFolder()
    let path = try FakeRun().record(in: temporary.path)
    let rows = try table(ExportedRuns([path], metrics: ["succ*", "loss"], stage: "pretrain"), .csv)
      .pieces(at: "\n").dropFirst()
    #expect(rows.count == 10)
    #expect(rows.allSatisfy { $0.containsExactly(",pretrain,") })
    #expect(
      runError { _ = try table(ExportedRuns([path], stage: "pretrian"), .csv) }
        == UsageError(
          "--stage 'pretrian': no run has steps of this stage; did you mean 'pretrain'?",
          hint: "there are steps of pretrain, prioritized"))
    #expect(
      runError { _ = try table(ExportedRuns([path], metrics: ["loss", "los"]), .csv) }
        == UsageError(
          "--metric 'los': no run has a value of such a metric", hint: "`swerve show RUN` lists what a run measured"))
  }

  @Test func readsAFolderOfRunsAndEachRunOnce() throws {
    let temporary = try TemporaryFolder()
    let paths = try [8, 7].map { try FakeRun(seed: $0).record(in: temporary.path) }
    let runs = try ExportedRuns([paths[0], temporary.path, temporary.path + "/./" + Path.name(paths[1])])
    #expect(runs.folders.map(\.path).areExactly([paths[0], paths[1]]))
  }

  @Test func refusesARecordThatWasEdited() throws {
    let temporary = try TemporaryFolder()
    let path = try FakeRun().record(in: temporary.path)
    try changeDigit(RunFolder(path: path).metrics, line: 3, metric: "loss")
    let error = runError { _ = try table(ExportedRuns([path]), .csv) }
    #expect(error?.category == .difference)
  }

  @Test func writesEventsThatASecondReaderReadsBackEqual() throws {
    let temporary = try TemporaryFolder()
    var fake = FakeRun()
    fake.change = { stage, step, metric in
      stage == "pretrain" && step == 2 && metric.name == "loss" ? Metric("loss", .nan) : metric
    }
    let path = try fake.record(in: temporary.file("runs"))
    let (outcome, files) = try TensorBoardExport.write(try ExportedRuns([path]), to: temporary.file("events"))
    #expect(
      files
        == ["pretrain", "prioritized"].map {
          temporary.file("events/\(Path.name(path))/\($0)/events.out.tfevents.0.swerve")
        })
    let run = try RunReader.read(path)
    let costs = try RunCost.ofSteps(run.folder)
    for (stage, file) in zip(["pretrain", "prioritized"], files) {
      let events = try EventFileReader.events(try POSIXFile.read(file))
      #expect(events.first?.version == "brain.Event:2" && events.first?.values == [])
      let expected = run.recorded.steps.filter { $0.stage === stage }.map { line in
        EventFileReader.Event(
          time: costs[ExactString(stage)]?[line.step]?.seconds ?? -1, step: line.step,
          values: line.metrics.compactMap { metric in
            metric.value.map { .init(tag: metric.name, bits: $0.bitPattern) }
          })
      }
      #expect(Array(events.dropFirst()) == expected)
    }
    #expect(outcome.values == 25 * 3 + 13)
  }

  @Test func keepsRunsOfTheSameNameApart() throws {
    let temporary = try TemporaryFolder()
    let paths = try ["a", "b"].map { try FakeRun().record(in: temporary.file($0)) }
    let (_, files) = try TensorBoardExport.write(try ExportedRuns(paths), to: temporary.file("events"))
    #expect(files.distinct.count == 4)
    #expect(try POSIXFile.list(temporary.file("events")) == paths.map { Path.fileName(Path.absolute($0) ?? "") })
  }

  @Test func writesNothingIntoARun() throws {
    let temporary = try TemporaryFolder()
    let paths = try [7, 8].map { try FakeRun(seed: $0).record(in: temporary.path) }
    let error = runError { _ = try TensorBoardExport.write(try ExportedRuns([paths[0]]), to: paths[1]) }
    #expect(error?.category == .usage && error?.message == "\(paths[1]) is a run, and nothing is written into one")
  }

  @Test func checksumsMatchPublishedValues() {
    // RFC 3720, B.4, and the check value of the catalogue of CRCs.
    #expect(CRC32C.of("123456789".utf8) == 0xe306_9283)
    #expect(CRC32C.of([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
    #expect(CRC32C.of([UInt8](repeating: 0xff, count: 32)) == 0x62a8_ab43)
    #expect(CRC32C.of((0..<32).map { UInt8($0) }) == 0x46dd_794e)
  }

  @Test func readsTheTimesThatItWrites() {
    #expect(Clock.seconds("1970-01-01T00:00:00Z") == 0)
    #expect(Clock.seconds("2026-11-21T09:30:00Z") == 1_795_253_400)
    #expect(Clock.seconds("2026-11-21") == nil && Clock.seconds("2026-11-21T09:30:00Z ") == nil)
    #expect(Clock.seconds(Clock.now()).map { abs($0 - Clock.nanoseconds() / 1_000_000_000) < 5 } == true)
  }
}
