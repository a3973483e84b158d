import SwerveFiles
import SwerveRecords
import SwerveText
import Synchronization

/// What `swerve watch` answers: one page, and the numbers that it asks for again and again. Requests change nothing.
package final class WatchService: Sendable {
  private struct State {
    var watch: RunWatch
    /// The time of the last look at the folder, in nanoseconds since 1970.
    var lastLook = 0
    var open: Set<Int> = []
  }

  /// The shortest time between two looks, in nanoseconds, however many pages ask.
  private static let pause = 300_000_000
  /// The most runs whose steps a page gets at once.
  private static let mostOpen = 64
  /// The most points of one answer. A page asks again for the rest.
  private static let mostPoints = 200_000

  private let hosts: HostCheck
  private let page: WatchPage
  /// Changes with each start of the server, so that a page knows that the numbers of runs mean others now.
  private let session: String
  private let state: Mutex<State>

  /// - Parameters:
  ///   - path: a run folder, or a folder of them.
  ///   - host: the host that the server listens on, which requests may name.
  /// - Throws: FileError for a path that is no folder.
  package init(_ path: String, host: String) throws {
    let watch = try RunWatch(path)
    page = WatchPage()
    hosts = HostCheck(allowed: host)
    session = "\(Clock.nanoseconds())"
    state = Mutex(State(watch: watch))
  }

  package func answer(_ request: WatchRequest) -> WatchResponse {
    guard hosts.accepts(request.host) else {
      return .error(421, "This name is not a name of this server. Open it by its address, such as http://127.0.0.1.")
    }
    guard ["GET", "HEAD"].containsExactly(request.method) else { return .error(405, "Only GET is answered.") }
    switch request.path {
    case "/": return page.response
    case "/runs": return runs(request)
    case "/curves": return curves(request)
    case "/samples": return samples(request)
    default: return .error(404, "There is no such page.")
    }
  }

  /// Rows of the runs that changed after a revision; all for revision 0.
  private func runs(_ request: WatchRequest) -> WatchResponse {
    let open = Set((request.parameter("open") ?? "").pieces(at: ",").compactMap { Int($0) }.prefix(Self.mostOpen))
    let isSame = request.parameter("session") === session
    let since = isSame ? request.parameter("since").flatMap { Int($0) } ?? 0 : 0
    return state.withLock { state in
      look(&state, open)
      let watch = state.watch
      let changed = watch.entries.filter { $0.revision > since }
      let members: [JSONMember] = [
        JSONMember("session", .string(session)), JSONMember("revision", .integer(watch.revision)),
        JSONMember("title", .string(watch.title)), JSONMember("more", .bool(watch.hasMoreRuns)),
        JSONMember("runs", .array(changed.map { $0.run.json(id: $0.id) })),
        // Where runs were removed, the page has to know which are left.
        JSONMember("ids", watch.lastRemoval > since ? .array(watch.entries.map { .integer($0.id) }) : .null),
      ]
      return .json(.object(members))
    }
  }

  private func look(_ state: inout State, _ open: Set<Int>) {
    let now = Clock.nanoseconds()
    guard now - state.lastLook > Self.pause || now < state.lastLook || !open.isSubset(of: state.open) else { return }
    state.lastLook = now
    state.open = open
    state.watch.update(open: open, now: now)
  }

  /// Points of one metric of one stage that a page does not have yet.
  ///
  /// The parameter `runs` is a list of run:generation:count, where count points of that generation are known.
  private func curves(_ request: WatchRequest) -> WatchResponse {
    guard let stage = request.parameter("stage"), let metric = request.parameter("metric"),
      let runs = request.parameter("runs")
    else { return .error(400, "A stage, a metric and runs are needed.") }
    let wanted = runs.pieces(at: ",").prefix(Self.mostOpen).map { $0.pieces(at: ":").compactMap { Int($0) } }
    return state.withLock { state in
      var left = Self.mostPoints
      var answers: [JSONValue] = []
      for parts in wanted {
        guard parts.count == 3, let run = state.watch.run(parts[0]) else { continue }
        let curve = run.curves.stages.first { $0.name === stage }?.curve(metric) ?? RunCurves.Curve()
        let isKnown = parts[1] == run.generation && (0...curve.steps.count).contains(parts[2])
        let first = isKnown ? parts[2] : 0
        let last = min(curve.steps.count, first + left)
        left -= last - first
        answers.append([
          "id": .integer(parts[0]), "generation": .integer(run.generation), "from": .integer(first),
          "steps": .array(curve.steps[first..<last].map { .integer($0) }),
          "values": .array(curve.values[first..<last].map { .float($0) }),
          "more": .bool(last < curve.steps.count),
        ])
      }
      return .json(["curves": .array(answers)])
    }
  }

  /// The steps of a stage that have samples, and the samples of one of them: the last where none is named.
  private func samples(_ request: WatchRequest) -> WatchResponse {
    guard let id = request.parameter("run").flatMap({ Int($0) }), let stage = request.parameter("stage") else {
      return .error(400, "A run and a stage are needed.")
    }
    return state.withLock { state in
      guard let (run, folder) = state.watch.updateSamples(of: id) else { return .error(404, "There is no such run.") }
      let steps = run.samples.steps(ofStage: stage)
      let step = request.parameter("step").flatMap { Int($0) } ?? steps.last ?? 0
      let found = run.samples.samples(ofStage: stage, step: step, in: folder)
      return .json([
        "steps": .array(steps.map { .integer($0) }), "step": .integer(step), "levels": .integer(ShadedSample.levels),
        "samples": .array(found.map(\.json)),
      ])
    }
  }
}
