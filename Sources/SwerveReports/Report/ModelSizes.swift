import SwerveFiles
import SwerveRecords
import SwerveText

/// How many parameters the models of some series have.
struct ModelSizes {
  /// "25 696", or "4096 of adapters", with the labels of the series of that size.
  private let sizes: [(size: String, labels: [String])]

  /// A run without a checkpoint on this machine tells no size.
  init(_ series: [ReportData.Series]) {
    var sizes: [(size: String, labels: [String])] = []
    for series in series {
      guard let size = series.runs.lazy.compactMap({ Self.size($0, stage: series.stage) }).first else { continue }
      let index = sizes.firstIndex { $0.size === size } ?? sizes.count
      if index == sizes.count { sizes.append((size, [])) }
      sizes[index].labels.append(series.label)
    }
    self.sizes = sizes
  }

  private static func size(_ run: RecordedRun, stage: String) -> String? {
    guard let path = run.result?.stages.first(where: { $0.name === stage })?.checkpoint,
      let size = try? CheckpointFile.size(Path.join(run.path, path))
    else { return nil }
    return grouped(size.parameters) + (size.areAdapters ? " parameters of adapters" : " parameters")
  }

  /// Digits in groups of three, with narrow spaces that don't break.
  private static func grouped(_ count: Int) -> String {
    let digits = Array(String(count).unicodeScalars)
    return digits.enumerated().reduce(into: "") { result, digit in
      if digit.offset > 0, (digits.count - digit.offset) % 3 == 0 { result += "\u{202F}" }
      result.unicodeScalars.append(digit.element)
    }
  }

  /// nil if no size is known.
  var text: String? {
    switch sizes.count {
    case 0: nil
    case 1: "Each model has \(sizes[0].size)."
    default: "Models: " + sizes.map { "\($0.labels.joined(separator: ", ")): \($0.size)" }.joined(separator: "; ") + "."
    }
  }
}
