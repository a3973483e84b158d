import SwerveFiles
import SwerveRL
import SwerveRecords
import SwerveText

/// What is known of a run whose folder is looked at again and again. Nothing of the folder is trusted: links in it are not
/// followed, and what can't be read becomes the run's problem, which the page shows.
struct WatchedRun {
  /// Larger files of one object are not read.
  private static let mostBytes = 64 << 20
  /// A look reads no more pieces of a file, so that a long record is shown as far as it was read. The next look goes on.
  private static let mostPieces = 2, piece = 8 << 20
  /// On another machine than that of its writer, a run counts as running if a step is not older than this, in nanoseconds.
  private static let silence = 15 * 60 * 1_000_000_000

  /// The path below the folder that is watched; the folder's own name for a single run.
  let name: String
  /// Raised whenever points that were given out no longer hold.
  private(set) var generation = 0
  private(set) var state = RunState.unreadable
  private(set) var curves = RunCurves()
  private(set) var samples = SampleIndex()
  private var manifest: Manifest?
  private var result: RunResult?
  /// What a run that has ended has taken.
  private var cost: RunCost?
  private var manifestProblem: String?
  private var resultProblem: String?
  private var lineProblem: String?
  private var manifestStamp: SealedFolder.Stamp?
  private var resultStamp: SealedFolder.Stamp?
  private var metrics = GrowingFile("metrics.jsonl", piece: WatchedRun.piece)
  /// Whether metrics.jsonl was read again from its start because of a line that did not fit. A run that was resumed writes
  /// lines again, with other times in them, so that the end of what was read may now be in the middle of a line.
  private var isSecondReading = false

  init(name: String) { self.name = name }

  /// Looks at what has changed.
  /// - Parameters:
  ///   - isOpen: whether its steps are wanted; those of a run that is not finished are read anyway.
  ///   - now: nanoseconds since 1970.
  /// - Returns: whether there is anything new to show.
  mutating func update(in folder: SealedFolder, isOpen: Bool, now: Int) -> Bool {
    let before = (state, curves.count, generation, problem, resultStamp)
    updateManifest(in: folder)
    updateResult(in: folder)
    if manifest != nil, isOpen || result == nil { updateSteps(in: folder) }
    state = manifest == nil ? .unreadable : result?.status.state ?? unfinishedState(in: folder, now: now)
    return before.0 != state || before.1 != curves.count || before.2 != generation || before.3 !== problem
      || before.4 != resultStamp
  }

  /// Looks for new samples.
  mutating func updateSamples(in folder: SealedFolder) { try? samples.update(in: folder) }

  private mutating func updateManifest(in folder: SealedFolder) {
    let stamp = folder.stamp("manifest.json")
    if stamp == manifestStamp, manifest != nil || manifestProblem != nil { return }
    if manifest != nil {
      // Another run has taken the folder's name.
      let next = generation + 1
      self = WatchedRun(name: name)
      generation = next
    }
    manifestStamp = stamp
    do {
      manifest = try Manifest.read(Self.object("manifest.json", in: folder))
      manifestProblem = nil
    } catch {
      manifestProblem = Self.text(error)
    }
  }

  private mutating func updateResult(in folder: SealedFolder) {
    let stamp = folder.stamp("result.json")
    if stamp == resultStamp { return }
    resultStamp = stamp
    (result, cost, resultProblem) = (nil, nil, nil)
    guard stamp != nil else { return }
    cost = Self.lastCost(in: folder)
    do {
      result = try RunResult.read(Self.object("result.json", in: folder))
    } catch {
      resultProblem = Self.text(error)
    }
  }

  /// What the last line of metrics.jsonl says, without the lines before it.
  private static func lastCost(in folder: SealedFolder) -> RunCost? {
    let most = 1 << 16
    guard let size = folder.stamp("metrics.jsonl")?.bytes,
      let bytes = try? folder.read("metrics.jsonl", from: max(0, size - most), most: most).bytes,
      let line = bytes.split(separator: UInt8(ascii: "\n")).last, let value = try? JSONParser.parse(Array(line))
    else { return nil }
    return RunCost(value["not_compared"])
  }

  private static func text(_ error: any Error) -> String { (error as? any UserFacingError)?.message ?? "\(error)" }

  private static func object(_ name: String, in folder: SealedFolder) throws -> JSONLine {
    try JSONFile.object(folder.read(name, most: mostBytes).bytes, path: name)
  }

  private mutating func updateSteps(in folder: SealedFolder) {
    do {
      var hasMore = true
      var pieces = 0
      while hasMore && pieces < Self.mostPieces {
        let reading = try metrics.read(in: folder)
        if reading.startsAgain { forgetSteps() }
        hasMore = reading.hasMore
        pieces += 1
        for line in reading.lines where !add(line) {
          metrics.restart()
          forgetSteps()
          isSecondReading = true
          hasMore = true
          break
        }
      }
      if metrics.tooLong > 0 { lineProblem = lineProblem ?? "metrics.jsonl: a line is too long to be a step" }
      if lineProblem == nil { isSecondReading = false }
    } catch {
      lineProblem = Self.text(error)
    }
  }

  private mutating func forgetSteps() {
    curves = RunCurves()
    lineProblem = nil
    generation += 1
  }

  /// False if everything has to be read again.
  private mutating func add(_ line: GrowingFile.Line) -> Bool {
    do {
      try curves.add(JSONFile.object(line.bytes, path: "metrics.jsonl", line: line.number))
    } catch {
      if !isSecondReading { return false }
      lineProblem = lineProblem ?? Self.text(error)
    }
    return true
  }

  private func unfinishedState(in folder: SealedFolder, now: Int) -> RunState {
    guard let mark = try? folder.read(WriterMark.fileName, most: 1 << 16).bytes else { return .incomplete }
    if let isWriting = WriterMark.isWriting(mark) { return isWriting ? .running : .incomplete }
    return (folder.stamp("metrics.jsonl")?.modified ?? 0) > now - Self.silence ? .running : .incomplete
  }

  // MARK: The row of the page

  /// - Parameter id: what the page calls it.
  func json(id: Int) -> JSONValue {
    let options = manifest?.inputs.options.members ?? []
    let date = manifest?.notCompared.first { $0.0 == "date" }
    return .object([
      JSONMember("id", .integer(id)), JSONMember("name", .string(name)),
      JSONMember("generation", .integer(generation)), JSONMember("state", .string(state.rawValue)),
      JSONMember("problem", Self.json(problem)), JSONMember("script", Self.json(manifest?.name)),
      JSONMember("seed", Self.json(manifest.map { "\($0.inputs.seed)" })), JSONMember("date", Self.json(date?.1)),
      JSONMember("options", .array(options.map(Self.json))), JSONMember("points", .integer(curves.count)),
      JSONMember("seconds", Self.json((curves.cost ?? cost)?.seconds)),
      JSONMember("stages", .array((manifest?.stages ?? []).map(json))),
    ])
  }

  private static func json(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

  private static func json(_ number: Double?) -> JSONValue { number.map { .double($0) } ?? .null }

  /// An option's name and value.
  private static func json(_ option: JSONMember) -> JSONValue {
    [.string(option.key), .string(option.value.string ?? option.value.compact())]
  }

  /// A stage of the plan, and how far it has come.
  private func json(_ info: StageInfo) -> JSONValue {
    let read = curves.stages.first { $0.name === info.name }
    let ended = result?.stages.first { $0.name === info.name }
    let steps = read?.lastStep ?? ended?.steps ?? 0
    let isCurrent = state == .running && curves.stages.last?.name === info.name && steps < info.steps
    let left = isCurrent ? read?.secondsPerStep.map { $0 * Double(info.steps - steps) } : nil
    // What people look for comes first.
    let metrics = MetricTable.byProminence(read?.metrics ?? [])
    return .object([
      JSONMember("name", .string(info.name)), JSONMember("kind", .string(info.kind)),
      JSONMember("planned", .integer(info.steps)), JSONMember("steps", .integer(steps)),
      JSONMember("left", Self.json(left)), JSONMember("stopped", Self.json(read?.stopped ?? ended?.stopped)),
      JSONMember("metrics", .array(metrics.map { .string($0) })),
    ])
  }

  private var failure: String? { if case .failed(let message) = result?.status { message } else { nil } }

  /// What is wrong with the run, or with its files.
  private var problem: String? { failure ?? manifestProblem ?? resultProblem ?? lineProblem }
}
