import SwerveFiles
import SwerveRL
import SwerveText

/// How a sweep stops its worse members on the way: synchronous successive halving (Jamieson and Talwalkar, arXiv 1502.07943).
/// At each rung, a step of one stage, it waits until every member that is still in has come there, and stops the worse
/// half. A member's value is its last measurement of the metric up to the rung, and a point's value the mean over its seeds.
///
/// So which members stop follows from what they computed alone, whatever the order in which parallel processes end. The
/// asynchronous variant (ASHA, arXiv 1810.05934) would save waiting, but its decisions depend on that order.
package struct HalvingPlan: Sendable {
  package let best: BestMetric
  /// Rungs: steps of the stage, rising.
  package let steps: [Int]
  /// The stage whose steps and metrics these are; nil: the last one.
  package let stage: String?
  /// The share of members that stay in at each rung, rounded up.
  package let keep: Double

  private static let keys = ["metric", "steps", "mode", "stage", "keep"]
  private static let form = "metric=NAME,steps=N:N:...[,mode=max|min][,keep=SHARE][,stage=NAME]"

  package init(best: BestMetric, steps: [Int], stage: String? = nil, keep: Double = 0.5) {
    self.best = best
    self.steps = steps
    self.stage = stage
    self.keep = keep
  }

  /// Parses "metric=success/plus1,steps=5:10:20".
  /// - Throws: OptionError.
  package init(_ text: String) throws {
    var values: [(key: String, value: String)] = []
    for part in text.pieces(at: ",", omittingEmpty: false) {
      let words = part.pieces(at: "=", most: 2, omittingEmpty: false)
      guard words.count == 2, Self.keys.containsExactly(words[0]) else {
        throw OptionError(
          "--halving needs \(Self.form), got \"\(part)\"\(didYouMean(words[0], among: Self.keys))")
      }
      guard !values.contains(where: { $0.key === words[0] }) else {
        throw OptionError("--halving: \(words[0]) is there twice")
      }
      values.append((words[0], words[1]))
    }
    func value(_ key: String) -> String? { values.first { $0.key === key }?.value }
    guard let metric = value("metric"), !metric.isEmpty, let steps = value("steps") else {
      throw OptionError("--halving needs \(Self.form), got \"\(text)\"")
    }
    let mode = try value("mode").map { word in
      guard let mode = BestMetric.Mode(rawValue: word) else {
        throw OptionError("--halving: mode must be max or min, got \"\(word)\"")
      }
      return mode
    }
    let numbers = steps.pieces(at: ":", omittingEmpty: false).map { Int($0) ?? 0 }
    guard numbers.allSatisfy({ $0 >= 1 }), zip(numbers, numbers.dropFirst()).allSatisfy({ $0 < $1 }) else {
      throw OptionError("--halving: steps must be rising whole numbers from 1, as in 5:10:20, got \"\(steps)\"")
    }
    let keep = try value("keep").map { word in
      guard let share = Double(word), share > 0, share < 1 else {
        throw OptionError("--halving: keep must be a number in (0, 1), got \"\(word)\"")
      }
      return share
    }
    self.init(
      best: BestMetric(metric, mode: mode), steps: numbers, stage: value("stage"), keep: keep ?? 0.5)
  }

  package var json: JSONValue {
    [
      "metric": .string(best.metric), "mode": .string(best.mode.rawValue),
      "stage": stage.map { .string($0) } ?? .null, "steps": .array(steps.map { .integer($0) }), "keep": .double(keep),
    ]
  }

  /// Decides who stays in at a rung. Points are compared, each by the mean of the metric over its seeds, so that all seeds of a
  /// point stay in or stop together, and chance of a single seed decides less.
  /// - Parameter members: those that are still in, in the sweep's order. The better point stays; of equal ones, the earlier; one
  ///   without a value, or with NaN, comes last. A member that failed is out, and the mean is that of the point's others.
  package func decide(_ members: [HalvingRung.Entry]) -> [HalvingRung.Entry] {
    let running = members.filter { !$0.hasFailed }
    let points = running.map(\.point).distinct
    var values: [ExactString: [Double]] = [:]
    for entry in running {
      if let value = entry.value, !value.isNaN { values[ExactString(entry.point), default: []].append(Double(value)) }
    }
    let means = points.map { point -> Double? in
      guard let values = values[ExactString(point)] else { return nil }
      let mean = values.reduce(0, +) / Double(values.count)
      return mean.isNaN ? nil : mean
    }
    let ranked = points.indices.sorted { a, b in
      switch (means[a], means[b]) {
      case (let x?, let y?) where x != y: best.mode == .max ? x > y : x < y
      case (_?, nil): true
      case (nil, _?): false
      default: a < b
      }
    }
    let count = Int((Double(points.count) * keep).rounded(.up))
    let kept = Set(ranked.prefix(count).map { ExactString(points[$0]) })
    return members.map { member in
      var entry = member
      entry.isKept = !entry.hasFailed && kept.contains(ExactString(entry.point))
      return entry
    }
  }
}

/// What was decided at one rung.
package struct HalvingRung: Sendable {
  package struct Entry: Equatable, Sendable {
    @ExactString package private(set) var member: String
    /// What it is compared as: the point whose seed it is. The member itself in sweeps of one seed, and in records of early
    /// versions, which compared members.
    @ExactString package private(set) var point: String
    /// nil: it had not measured the metric.
    package let value: Float?
    package let hasFailed: Bool
    package var isKept: Bool

    package init(
      member: String, point: String? = nil, value: Float?, hasFailed: Bool = false, isKept: Bool = false
    ) {
      self.member = member
      self.point = point ?? member
      self.value = value
      self.hasFailed = hasFailed
      self.isKept = isKept
    }

    package static func == (a: Entry, b: Entry) -> Bool {
      a.member === b.member && a.point === b.point && ExactText.same(a.value, b.value) && a.hasFailed == b.hasFailed
        && a.isKept == b.isKept
    }
  }

  package let step: Int
  /// Those that had come there, in the sweep's order.
  package let entries: [Entry]

  package init(step: Int, entries: [Entry]) {
    self.step = step
    self.entries = entries
  }
}

/// `halving.json` in a sweep's folder: what was decided so far. A sweep that goes on keeps to it.
package struct HalvingRecord: Sendable {
  package static let fileName = "halving.json"
  private static let format = 1

  package let plan: HalvingPlan
  /// The names of all members of the sweep.
  package let members: [String]
  package var rungs: [HalvingRung] = []

  package init(plan: HalvingPlan, members: [String]) {
    self.plan = plan
    self.members = members
  }

  /// Where a member was stopped, or had failed before; nil: it is still in.
  package func out(_ member: String) -> (step: Int, entry: HalvingRung.Entry)? {
    for rung in rungs {
      if let entry = rung.entries.first(where: { $0.member === member && !$0.isKept }) { return (rung.step, entry) }
    }
    return nil
  }

  /// The members of a sweep's folder that halving has stopped, by the names of their folders, and where. Empty for other
  /// folders, and where the record can't be read: whoever goes on with the sweep is told why.
  package static func stops(in folder: String) -> [(folder: String, step: Int)] {
    guard let file = try? JSONFile.object(Path.join(folder, fileName)), let rungs = try? file.elements("rungs") else {
      return []
    }
    return rungs.compactMap { try? HalvingRung(JSONLine(value: $0, path: file.path, line: nil)) }.flatMap { rung in
      rung.entries.filter { !$0.isKept && !$0.hasFailed }.map { (SweepMember.fileName($0.member), rung.step) }
    }
  }

  /// The last field is the digest of all others.
  package var json: JSONValue {
    .withOwnDigest([
      JSONMember("swerve_halving", .integer(Self.format)), JSONMember("halving", plan.json),
      JSONMember("members", .array(members.map { .string($0) })),
      JSONMember("rungs", .array(rungs.map(\.json))),
    ])
  }

  /// - Throws: FileError for a file that was changed after it was written; UsageError for the record of other members or
  ///   another plan.
  package static func read(_ path: String, plan: HalvingPlan, members: [String]) throws -> HalvingRecord {
    var record = HalvingRecord(plan: plan, members: members)
    guard POSIXFile.kind(path) != nil else { return record }
    let file = try JSONFile.object(path)
    let format = try file.integer("swerve_halving")
    guard format == Self.format else {
      throw FileError.formatVersion(path: path, what: "record of halving", found: format, expected: Self.format)
    }
    let recorded = try file.string("sha256")
    let found = file.value.expectedOwnDigest
    if recorded !== found { throw RecordError.fileChanged(path: path, recorded: recorded, found: found) }
    record.rungs = try file.elements("rungs").map { try HalvingRung(JSONLine(value: $0, path: path, line: nil)) }
    guard file.value["halving"] == plan.json, file.value["members"] == .array(members.map { .string($0) }) else {
      throw UsageError(
        "the folder's \(fileName) has decisions about other members, or by another --halving",
        hint: "give the sweep another --out; decisions hold only among the members that they were made for")
    }
    return record
  }
}

extension HalvingRung {
  fileprivate var json: JSONValue {
    [
      "step": .integer(step),
      "members": .array(
        entries.map { entry in
          .object(
            [JSONMember("member", .string(entry.member))]
              + (entry.point === entry.member ? [] : [JSONMember("point", .string(entry.point))])
              + [JSONMember("value", .float(entry.value)), JSONMember("kept", .bool(entry.isKept))]
              + (entry.hasFailed ? [JSONMember("failed", .bool(true))] : []))
        }),
    ]
  }

  fileprivate init(_ line: JSONLine) throws {
    step = try line.count("step")
    entries = try line.elements("members").map { element in
      let entry = JSONLine(value: element, path: line.path, line: nil)
      guard case .bool(let isKept)? = entry.value["kept"] else {
        throw entry.bad("kept", found: JSONLine.shown(entry.value["kept"] ?? .null), expected: "true or false")
      }
      return Entry(
        member: try entry.string("member"), point: entry.value["point"]?.string, value: entry.value["value"]?.float,
        hasFailed: entry.value["failed"] == .bool(true), isKept: isKept)
    }
  }
}
