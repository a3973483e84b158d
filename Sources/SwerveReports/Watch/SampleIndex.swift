import SwerveFiles
import SwerveText

/// Where the samples of a run are in its samples.jsonl. The samples themselves stay in the file until somebody looks at
/// them.
struct SampleIndex {
  struct Entry {
    fileprivate let stage: Int
    let step: Int
    fileprivate let start: Int
    fileprivate let bytes: Int
  }

  static let fileName = "samples.jsonl"
  /// A page shows no more of one step.
  private static let mostShown = 24, mostBytes = 4 << 20
  private static let mostStages = 1024

  private var file = GrowingFile(fileName, longestLine: 1 << 20)
  private var stages: [String] = []
  private var entries: [Entry] = []

  /// Reads where the new samples are.
  /// - Throws: FileError for a file that can't be read. Lines that are no samples are left out.
  mutating func update(in folder: SealedFolder) throws {
    var hasMore = true
    while hasMore {
      let reading = try file.read(in: folder)
      if reading.startsAgain { (stages, entries) = ([], []) }
      for line in reading.lines {
        guard let value = try? JSONParser.parse(line.bytes), let name = value["stage"]?.string,
          let step = value["step"]?.integer
        else { continue }
        if stages.last !== name && !stages.containsExactly(name) {
          if stages.count == Self.mostStages { continue }
          stages.append(name)
        }
        guard let stage = stages.firstIndex(ofExactly: name) else { continue }
        entries.append(Entry(stage: stage, step: step, start: line.start, bytes: line.bytes.count))
      }
      hasMore = reading.hasMore
    }
  }

  /// The steps of a stage that have samples, in order.
  func steps(ofStage name: String) -> [Int] {
    guard let stage = stages.firstIndex(ofExactly: name) else { return [] }
    return entries.filter { $0.stage == stage }.map(\.step).distinct.sorted()
  }

  /// The samples of a step, as many as a page shows.
  func samples(ofStage name: String, step: Int, in folder: SealedFolder) -> [ShadedSample] {
    guard let stage = stages.firstIndex(ofExactly: name) else { return [] }
    var left = Self.mostBytes
    let shown = entries.filter { $0.stage == stage && $0.step == step }.prefix(Self.mostShown).prefix { entry in
      left -= entry.bytes
      return left >= 0
    }
    return shown.compactMap { entry in
      // The file may have been replaced since it was read.
      guard let bytes = try? folder.read(Self.fileName, from: entry.start, most: entry.bytes).bytes,
        let line = try? JSONFile.object(bytes, path: Self.fileName)
      else { return nil }
      return try? ShadedSample(line)
    }
  }
}
