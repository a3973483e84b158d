import SwerveFiles
import SwerveRecords
import SwerveText

/// Some answers of the last evaluation of a stage.
struct ReportSamples {
  let samples: [ShadedSample]
  let step: Int

  /// The first answer of each problem set at the last step that has samples.
  /// - Throws: FileError for a file that can't be read.
  init?(_ run: RecordedRun, stage: String) throws {
    var found: [(step: Int, sample: ShadedSample)] = []
    guard POSIXFile.kind(run.folder.samples) == .file else { return nil }
    try JSONFile.forEachLine(run.folder.samples) { line in
      guard try line.string("stage") === stage else { return }
      found.append((try line.count("step"), try ShadedSample(line)))
    }
    guard let last = found.map(\.step).max() else { return nil }
    step = last
    var sets: Set<ExactString> = []
    samples = found.filter { $0.step == last }.map(\.sample).filter { sets.insert(ExactString($0.set)).inserted }
  }

  /// Whether any answer is shaded by this kind of numbers.
  func hasView(_ name: String) -> Bool { samples.contains { $0.views.contains { $0.name === name } } }

  func html() -> String { samples.map { $0.html() }.joined() }
}
