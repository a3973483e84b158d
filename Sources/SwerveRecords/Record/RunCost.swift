import SwerveFiles
import SwerveText

/// What a run has taken up to a step, on the machines that computed it. Lines of metrics.jsonl have it among what is
/// never compared.
package struct RunCost: Equatable, Sendable {
  /// The wall time of all processes that computed it, without the time while it was stopped. Steps from the stage cache
  /// took none.
  package let seconds: Double
  /// The most memory that any of these processes had at one time.
  package let peakMemoryBytes: Int

  package init(seconds: Double, peakMemoryBytes: Int) {
    self.seconds = seconds
    self.peakMemoryBytes = peakMemoryBytes
  }

  package var members: [JSONMember] {
    // Milliseconds are enough.
    [
      JSONMember("seconds", .double((seconds * 1000).rounded() / 1000)),
      JSONMember("peak_memory_bytes", .integer(peakMemoryBytes)),
    ]
  }

  /// - Parameter notCompared: what `members` are a part of; nil where there is no cost, as in lines of earlier versions.
  package init?(_ notCompared: JSONValue?) {
    guard let seconds = notCompared?["seconds"]?.double, seconds.isFinite, seconds >= 0,
      let memory = notCompared?["peak_memory_bytes"]?.double, memory >= 0, memory < 1e15
    else { return nil }
    self.init(seconds: seconds, peakMemoryBytes: Int(memory))
  }

  /// The cost up to the last line of a run's metrics.
  /// - Parameter end: only the bytes before this one count; nil: all.
  /// - Returns: nil if the last line has none or can't be read.
  package static func last(_ folder: RunFolder, before end: Int? = nil) -> RunCost? {
    guard let bytes = try? FileTail.lastLine(folder.metrics, before: end), let line = try? JSONParser.parse(bytes)
    else { return nil }
    return RunCost(line["not_compared"])
  }

  /// The cost up to each step of a run, by the name of its stage and its number; a step whose line has none is absent.
  /// - Throws: FileError for a file that can't be read.
  package static func ofSteps(_ folder: RunFolder) throws -> [ExactString: [Int: RunCost]] {
    guard POSIXFile.kind(folder.metrics) != nil else { return [:] }
    var costs: [ExactString: [Int: RunCost]] = [:]
    try JSONFile.forEachLine(folder.metrics) { line in
      guard let stage = line.value["stage"]?.string, let step = line.value["step"]?.integer else { return }
      costs[ExactString(stage), default: [:]][step] = RunCost(line.value["not_compared"])
    }
    return costs
  }
}
