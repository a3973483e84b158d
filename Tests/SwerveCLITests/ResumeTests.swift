import Foundation
import SwerveTestSupport
import Testing

/// A run that was stopped goes on to the bits of one that never was.
@Suite struct ResumeTests {
  /// Long enough to be killed in every phase, with all that a stage can keep between steps.
  private static let changes = [
    ("steps = 3", "steps = 8"), ("updates = 2", "updates = 4, reference = { every = 1, mix = 0.5 }"),
  ]

  /// The same, saying in its hooks what begins: the coefficients of step 1 are asked for before its evaluation, too.
  private static let marks =
    [changes[0]] + [
      ("local o = ", "local a2c = require \"swerve.a2c\"\nlocal o = "), ("every = 2", "every = 1"),
      (
        "coef = 5.0",
        "coef = function(step) print(step == 1 and \"phase evaluation\" or \"phase sampling\") return 5.0 end"
      ),
      (
        "updates = 2",
        """
        updates = 4, reference = { every = 1, mix = 0.5 },
          loss = function(t, c) print("phase update") return a2c(t, c) end,
          log = function() print("phase evaluation") return { one = 1 } end
        """
      ),
    ]

  /// What a process does, as far as its folder and its output show.
  private enum Phase: String, CaseIterable { case pretraining, sampling, update, evaluation, checkpoint }

  /// nil while nothing shows what the process itself does, and after the run's last step.
  /// - Parameter before: metrics.jsonl when the process started; what an earlier one left shows nothing.
  private func phase(
    _ project: TestProject, _ run: String, _ running: Program.Running, before: String?
  ) throws -> Phase? {
    let mark = try running.errorsSoFar().split(separator: "\n").last { $0.hasPrefix("phase ") }
    guard let metrics = try? project.folder.text(run + "/metrics.jsonl"), metrics != before || mark != nil,
      let place = metrics.split(separator: "\n").last?.firstMatch(of: /"stage":"([a-z]+)","step":([0-9]+),/),
      !project.folder.exists(run + "/result.json")
    else { return nil }
    // A step's line is there, and the position does not say so yet.
    let names = (try? project.folder.names(run + "/checkpoints")) ?? []
    let position = (try? project.folder.text(run + "/checkpoints/position.json")) ?? ""
    let isFinished = position.contains("\"stage\": \"\(place.1)\",\n      \"weights_sha256\"")
    let isKept = position.contains("\"stage\": \"\(place.1)\",\n    \"step\": \(place.2),")
    if names.contains(where: { $0.contains(".tmp-") }) || !(isFinished || isKept) { return .checkpoint }
    return mark.flatMap { Phase(rawValue: String($0.dropFirst(6))) }
      ?? (place.1 == "pretrain" && isKept ? .pretraining : nil)
  }

  /// What a run computed: everything in its folder but times and machines.
  private struct Bits: Equatable {
    var metrics: [String]
    var samples: String
    var result: String
    var checkpoints: [String: Data]

    init(_ project: TestProject, _ run: String) throws {
      metrics = try project.folder.text(run + "/metrics.jsonl").split(separator: "\n").map {
        String($0.prefix(upTo: try #require($0.range(of: ",\"not_compared\"")).lowerBound))
      }
      samples = try project.folder.text(run + "/samples.jsonl")
      result = try project.folder.text(run + "/result.json")
      checkpoints = [:]
      for name in try project.folder.names(run + "/checkpoints") {
        checkpoints[name] = try Data(contentsOf: project.folder.file(run + "/checkpoints/" + name))
      }
      // How long the lines with their times are.
      checkpoints["position.json"] = nil
    }
  }

  /// Starts a run, or goes on with it if it is there, and kills it after some time, or as soon as it is in a phase. True if it
  /// had ended by itself.
  private func runAndKill(
    _ project: TestProject, _ run: String, after milliseconds: Int = 60_000, aim: Phase? = nil, _ hit: inout Set<Phase>
  ) throws -> Bool {
    let isThere = project.folder.exists(run + "/manifest.json")
    let arguments = isThere ? ["run", run, "--resume"] : ["run", "tiny.lua", "--out", run]
    let before = try? project.folder.text(run + "/metrics.jsonl")
    let running = try Program.Running(
      arguments + ["--no-cache", "--quiet", "--checkpoint-every", "1", "--threads", "2"], in: project.folder.url)
    let start = Date()
    while Date().timeIntervalSince(start) * 1000 < Double(milliseconds), running.process.isRunning {
      if let aim, try phase(project, run, running, before: before) == aim { break }
      usleep(aim == nil ? 5_000 : 500)
    }
    kill(running.process.processIdentifier, SIGKILL)
    let outcome = try running.wait()
    if running.process.terminationReason != .exit, let phase = try phase(project, run, running, before: before) {
      hit.insert(phase)
    }
    if running.process.terminationReason == .exit {
      #expect(outcome.status == 0, "\(outcome.errors)")
      return true
    }
    return false
  }

  /// SWERVE_KILLS says how often; `make test-long` asks for 200.
  @Test func resumesARunKilledAtAnyMomentToTheSameBits() throws {
    let kills = ProcessInfo.processInfo.environment["SWERVE_KILLS"].flatMap { Int($0) } ?? 8
    let seed = UInt64(6)
    var random = TestRandom(seed, "killed runs")
    let project = try TestProject(Self.marks)
    let start = Date()
    try project.record("whole")
    let milliseconds = Int(Date().timeIntervalSince(start) * 1000)
    let whole = try Bits(project, "whole")
    var killed = 0
    var number = 0
    var hit: Set<Phase> = []
    // After those at any moment, some are aimed at what was not hit.
    while killed < kills || (hit.count < Phase.allCases.count && number < 40) {
      number += 1
      let run = "killed\(number)"
      while killed < kills {
        if try runAndKill(project, run, after: random.within(5...max(6, milliseconds * 3 / 4)), &hit) { break }
        killed += 1
      }
      for phase in Phase.allCases where killed >= kills && !hit.contains(phase) {
        if try runAndKill(project, run, aim: phase, &hit) { break }
        killed += 1
      }
      let isThere = project.folder.exists(run + "/manifest.json")
      let last = isThere ? ["run", run, "--resume"] : ["run", "tiny.lua", "--out", run]
      let outcome = try Program.run(last + ["--no-cache", "--quiet", "--threads", "1"], in: project.folder.url)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let bits = try Bits(project, run)
      #expect(bits == whole, "seed \(seed), run \(number) after \(killed) kills")
      if bits != whole { return }
    }
    let missed = Phase.allCases.filter { !hit.contains($0) }.map(\.rawValue)
    #expect(missed.isEmpty, "seed \(seed): none of \(killed) kills was in \(missed.joined(separator: ", "))")
  }

  /// A schedule, a rule, a loss and a log that all depend on what they remember from every step before.
  private static let memories = [
    (
      "local o = ",
      """
      local a2c = require "swerve.a2c"
      local function coefficient(_, metrics, state)
        state.value = (state.value or 5) * (1 + 0.01 * (metrics["kl/k1"] or 0))
        return state.value
      end
      local function rule(t, _, rng, state)
        state.drawn = state.drawn or {}
        table.insert(state.drawn, rng:uniform())
        local sum = 0
        for _, number in ipairs(state.drawn) do sum = sum + number end
        return t.certainty ^ (sum / #state.drawn), { drawn = #state.drawn }
      end
      local function loss(t, c, step, state)
        state.steps = state.steps or {}
        state.steps[#state.steps + 1] = { step = step, loss = t.logp:mean():item() }
        return a2c(t, c) * (1 + state.steps[1].loss / #state.steps)
      end
      local function log(t, _, state)
        state.calls, state.mean = (state.calls or 0) + 1, 0.9 * (state.mean or 0) + 0.1 * t.entropy:mean():item()
        return { calls = state.calls, mean = state.mean }
      end
      local o =\u{20}
      """
    ),
    ("coef = 5.0", "coef = coefficient"), ("rule = rules.certainty { alpha = o.alpha }", "rule = rule"),
    ("updates = 2", "updates = 12, loss = loss, log = log"), ("every = 2", "every = 100"), ("digits = 2", "digits = 1"),
  ]

  /// Killed between two checkpoints: what hooks remembered after the last one is not to be there.
  @Test func resumesHooksWithTheirStateAtTheCheckpoint() throws {
    let project = try TestProject(Self.memories)
    try project.record("whole", "--threads", "1")
    let running = try Program.Running(
      ["run", "tiny.lua", "--out", "a", "--quiet", "--checkpoint-every", "3", "--threads", "1"], in: project.folder.url)
    project.wait(for: "\"stage\":\"tuned\",\"step\":5,", in: "a/metrics.jsonl")
    kill(running.process.processIdentifier, SIGKILL)
    _ = try running.wait()
    #expect(!project.folder.exists("a/result.json"), "it must be killed before its end")
    let resumed = try project.run("run", "a", "--resume", "--quiet", "--threads", "2")
    #expect(resumed.status == 0, "\(resumed.errors)")
    let (found, expected) = (try Bits(project, "a"), try Bits(project, "whole"))
    #expect(found == expected)
    #expect(found.metrics.last?.contains("\"log/calls\":12") ?? false, "\(found.metrics.last ?? "")")
    #expect(found.metrics.last?.contains("\"rule/drawn\":12") ?? false)
  }

  @Test func resumesAStoppedRunByItsScriptOrItsFolder() throws {
    let project = try TestProject([("steps = 3", "steps = 60")])
    let running = try Program.Running(["run", "tiny.lua", "--threads", "1"], in: project.folder.url)
    for _ in 0..<600 {
      if let name = try? project.folder.names("runs").first,
        (try? project.folder.text("runs/\(name)/metrics.jsonl"))?.contains("\"step\":2,") ?? false
      {
        break
      }
      usleep(20_000)
    }
    running.process.interrupt()
    let stopped = try running.wait()
    #expect(stopped.status == 130)
    #expect(stopped.errors.contains("next: swerve run runs/tiny-1-"), "\(stopped.errors)")
    #expect(stopped.errors.contains(" --resume\n"))
    let other = try project.run("run", "tiny.lua", "--resume", "--seed", "2")
    #expect(
      other.status == 5 && other.errors.contains("no run of tiny.lua with these options and this seed is in runs"))
    let resumed = try project.run("run", "tiny.lua", "--resume", "--verify")
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(resumed.output.contains("status      complete, 62 steps"), "\(resumed.output)")
    #expect(resumed.output.contains("verified    62 steps computed again without a stop: identical"))
    // A run that is complete stays as it is.
    let again = try project.run("run", "runs/" + project.folder.names("runs")[0], "--resume")
    #expect(again.status == 0)
  }

  @Test func keepsCheckpointsWhenARunGoesOn() throws {
    let project = try TestProject([("steps = 3", "steps = 60")])
    try project.record("whole", "--checkpoint-every", "20", "--keep-checkpoints")
    let running = try Program.Running(
      ["run", "tiny.lua", "--out", "a", "--quiet", "--no-cache", "--checkpoint-every", "20", "--keep-checkpoints"],
      in: project.folder.url)
    project.wait(for: "\"step\": 20,", in: "a/checkpoints/position.json")
    kill(running.process.processIdentifier, SIGKILL)
    _ = try running.wait()
    #expect(!project.folder.exists("a/result.json"), "it must be killed before its end")
    #expect(try project.run("run", "a", "--resume", "--quiet").status == 0)
    let kept = try project.folder.names("a/checkpoints")
    #expect(kept.contains("pretrain@20.safetensors") && kept.contains("pretrain@40.safetensors"))
    #expect(try kept == project.folder.names("whole/checkpoints"))
  }

  @Test func rejectsASecondProcessThatWritesTheSameRun() throws {
    let project = try TestProject([("steps = 3", "steps = 100000")])
    let running = try Program.Running(["run", "tiny.lua", "--out", "a", "--threads", "1"], in: project.folder.url)
    project.wait(for: "\"step\":2,", in: "a/metrics.jsonl")
    let second = try project.run("run", "a", "--resume")
    #expect(second.status == 6)
    #expect(second.errors.contains("another process is writing the run a"), "\(second.errors)")
    kill(running.process.processIdentifier, SIGKILL)
    _ = try running.wait()
    // The lock went with its owner; nothing was damaged.
    #expect(try project.run("replay", "a").status == 0)
  }

  /// Where locks don't reach other machines, the mark in the folder says whose run it is.
  @Test func writesNothingMoreIntoARunThatAnotherProcessTookOver() throws {
    let project = try TestProject([("steps = 3", "steps = 100000")])
    let running = try Program.Running(["run", "tiny.lua", "--out", "a"], in: project.folder.url)
    project.wait(for: "\"step\":2,", in: "a/metrics.jsonl")
    #expect(try project.folder.text("a/.writer").contains("\"process\":\(running.process.processIdentifier)"))
    let other = #"{"swerve_writer":1,"host":"node2","process":7,"started":1,"job":"4_2","restart":1}"#
    try other.write(to: project.folder.file("a/.writer"), atomically: true, encoding: .utf8)
    let ended = try running.wait()
    #expect(ended.status == 6, "\(ended.all)")
    #expect(ended.errors.contains("the run a was taken over by Slurm's job 4_2 (restart 1) on node2"), "\(ended.all)")
    #expect(!project.folder.exists("a/result.json") && !project.folder.exists("a/checkpoints/position.json"))
    #expect(try project.folder.text("a/.writer") == other)
  }

  @Test func namesADamagedFileOfAStoppedRunAndChangesNothing() throws {
    let project = try TestProject()
    try project.record("a", "--checkpoint-every", "1")
    // As a kill after the last stage leaves it.
    try FileManager.default.removeItem(at: project.folder.file("a/result.json"))
    for name in ["metrics.jsonl", "samples.jsonl", "checkpoints/position.json", "checkpoints/tuned.safetensors"] {
      let file = project.folder.file("a/" + name)
      let whole = try Data(contentsOf: file)
      var changed = whole
      let place = changed.count / 2
      changed[place] ^= 1
      try changed.write(to: file)
      let outcome = try project.run("run", "a", "--resume")
      #expect([1, 5].contains(outcome.status), "\(name)")
      #expect(outcome.errors.contains("a/" + name), "\(outcome.errors)")
      #expect(try Data(contentsOf: file) == changed, "\(name)")
      try whole.write(to: file)
    }
    #expect(try project.run("run", "a", "--resume", "--verify").status == 0)
  }

  @Test func leavesAResumableRunOnAFullDisk() throws {
    let project = try TestProject(Self.changes)
    try project.record("whole")
    // Files may not grow beyond 64 KiB: a checkpoint doesn't fit, as on a disk without space.
    let shell = try Program.Running(
      [
        "-c", "trap '' XFSZ; ulimit -f 64; exec \"$0\" run tiny.lua --out a --quiet --no-cache --checkpoint-every 3",
        Program.url.path,
      ],
      of: URL(fileURLWithPath: "/bin/bash"), in: project.folder.url)
    let full = try shell.wait()
    #expect(full.status == 5, "\(full.errors)")
    #expect(full.errors.contains("cannot write a/checkpoints/pretrain@3.safetensors: "), "\(full.errors)")
    #expect(full.errors.contains("to go on: swerve run a --resume"))
    #expect(try project.folder.names("a/checkpoints").isEmpty)
    #expect(try project.run("run", "a", "--resume", "--quiet").status == 0)
    #expect(try Bits(project, "a") == Bits(project, "whole"))
  }
}
