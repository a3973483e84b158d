import Foundation
import LuaFuzzing
import Synchronization

/// Scripts of consecutive seeds until the time is over. A crash ends the process, with the seed on standard error.
struct FuzzCampaign {
  /// Processor seconds after which one script counts as a hang; its limits allow a fraction of that.
  private static let hangSeconds = 60.0
  private let options: FuzzOptions
  private let fuzzer: Fuzzer

  init(_ options: FuzzOptions) {
    self.options = options
    fuzzer = Fuzzer(corpus: options.corpusTexts())
  }

  /// Returns the exit status: 0 when nothing was found.
  func run() -> Int32 {
    if options.isListing {
      say(fuzzer.draw(seed: options.seed).source)
      return 0
    }
    if let path = options.script { return runFile(path) }
    say("seed \(options.seed), \(fuzzer.corpus.count) scripts of the corpus")
    Watch.start(limit: Self.hangSeconds)
    let end = Date().addingTimeInterval(options.minutes * 60)
    let canary = Fuzzer.canaryOutput()
    var ends: [String: Int] = [:]
    var slowest = (seconds: 0.0, seed: UInt64(0))
    var done = 0
    var failures = 0
    while done < options.count && Date() < end && failures < 20 {
      let seed = options.seed + UInt64(done)
      let began = Watch.begin(seed)
      var script = fuzzer.draw(seed: seed)
      if let path = options.current { try? script.source.write(toFile: path, atomically: false, encoding: .utf8) }
      script.run()
      let seconds = Watch.now - began
      if seconds > slowest.seconds { slowest = (seconds, seed) }
      ends[script.end.name, default: 0] += 1
      failures += check(script, seed, canary)
      done += 1
      if done % 5000 == 0 { say("\(done) scripts") }
    }
    Watch.stop()
    report(done, ends, slowest, failures)
    return failures == 0 && done > 0 ? 0 : 1
  }

  private func runFile(_ path: String) -> Int32 {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return 2 }
    var script = FuzzRun(source: text, limits: fuzzer.draw(seed: options.seed).limits)
    script.run()
    say("\(script.end.name)\n\(script.transcript)")
    for complaint in script.complaints { say(complaint) }
    return script.complaints.isEmpty ? 0 : 1
  }

  private func check(_ script: FuzzRun, _ seed: UInt64, _ canary: String) -> Int {
    var complaints = script.complaints
    if options.isTwice {
      var again = fuzzer.draw(seed: seed)
      again.run()
      if again.transcript != script.transcript || again.end != script.end {
        complaints.append("the second run differs:\n\(script.transcript)\n--- and\n\(again.transcript)")
      }
    }
    if seed % 16 == 0 && Fuzzer.canaryOutput() != canary {
      complaints.append("a harmless script prints something else than before")
    }
    for complaint in complaints { say("seed \(seed): \(complaint)") }
    return complaints.isEmpty ? 0 : 1
  }

  private func report(_ done: Int, _ ends: [String: Int], _ slowest: (seconds: Double, seed: UInt64), _ failures: Int) {
    say("\(done) scripts, \(failures) with a complaint")
    for (name, count) in ends.sorted(by: { $0.key < $1.key }) { say("  \(name): \(count)") }
    say(String(format: "slowest: seed %llu, %.2f s of processor time", slowest.seed, slowest.seconds))
  }
}

/// Ends the process when one script takes too much processor time, which no pause of the process can fake.
private enum Watch {
  private static let seed = Atomic<UInt64>(0)
  private static let start = Atomic<UInt64>(.max)

  /// Processor seconds of this process.
  static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  static func begin(_ script: UInt64) -> Double {
    let time = now
    seed.store(script, ordering: .relaxed)
    start.store(UInt64(time * 1000), ordering: .relaxed)
    return time
  }

  static func stop() { start.store(.max, ordering: .relaxed) }

  static func start(limit: Double) {
    Thread.detachNewThread {
      while true {
        Thread.sleep(forTimeInterval: 1)
        let began = start.load(ordering: .relaxed)
        guard began != .max, now - Double(began) / 1000 > limit else { continue }
        say("seed \(seed.load(ordering: .relaxed)): HANG: more than \(limit) s of processor time")
        _exit(3)
      }
    }
  }
}

/// A line on standard output, not buffered: a crash loses none.
private func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
