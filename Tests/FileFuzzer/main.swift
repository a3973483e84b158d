import FileFuzzing
import Foundation
import LuaRuntime

// Reads mutated files of the seeds S, S + 1, ... for some minutes. See .ci/fuzz-files.

/// Processor seconds after which one file counts as a hang.
let hangSeconds = 30
/// What reading files may add to the memory of the process: the models are smaller than the files of a run may get.
func mostMegabytes(_ kinds: [FileCorpus.Kind]) -> Int {
  kinds.allSatisfy(FileCorpus.Kind.ofModels.contains) ? 256 : 1024
}

func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

let usage =
  "file-fuzzer [--minutes M] [--count N] [--seed S] [--kinds all|runs|models|NAME,...] [--current FILE]"

func fail(_ reason: String) -> Never {
  say("file-fuzzer: \(reason)\n\(usage)")
  exit(2)
}

func megabytes() -> Int {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return usage.ru_maxrss / 1024
}

/// The processor time of this process runs against each file anew.
func watch() {
  var timer = itimerval()
  timer.it_value.tv_sec = hangSeconds
  setitimer(__itimer_which_t(ITIMER_PROF.rawValue), &timer, nil)
}

func kinds(_ words: String) -> [FileCorpus.Kind] {
  switch words {
  case "all": FileCorpus.Kind.allCases
  case "runs": FileCorpus.Kind.ofRuns
  case "models": FileCorpus.Kind.ofModels
  default:
    words.split(separator: ",").map { word in
      guard let kind = FileCorpus.Kind(rawValue: String(word)) else { fail("unknown kind \(word)") }
      return kind
    }
  }
}

func campaign(
  minutes: Double, count: Int, seed first: UInt64, kinds: [FileCorpus.Kind], current: String?
) throws -> Int32 {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("swerve-files-\(UUID().uuidString)").path
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  let fuzzer = FileFuzzer(try FileCorpus(folder: folder), kinds: kinds)
  say("seed \(first)")
  let end = Date().addingTimeInterval(minutes * 60)
  let before = megabytes()
  var files: [String: (files: Int, accepted: Int, refused: Int)] = [:]
  var (done, failures) = (0, 0)
  while done < count && Date() < end && failures < 20 {
    let seed = first + UInt64(done)
    watch()
    let outcome = try fuzzer.run(seed: seed) { kind, path in
      guard let current else { return }
      try? FileManager.default.removeItem(atPath: current)
      try? FileManager.default.copyItem(atPath: path, toPath: current)
      try? "seed \(seed): \(kind.rawValue)\n".write(toFile: current + ".txt", atomically: false, encoding: .utf8)
    }
    for complaint in outcome.complaints { say("seed \(seed), \(outcome.kind.rawValue): \(complaint)") }
    if megabytes() - before > mostMegabytes(kinds) { fail("seed \(seed): \(megabytes()) MB, \(before) MB before") }
    failures += outcome.complaints.isEmpty ? 0 : 1
    let old = files[outcome.kind.rawValue] ?? (0, 0, 0)
    files[outcome.kind.rawValue] = (old.files + 1, old.accepted + outcome.accepted, old.refused + outcome.refused)
    done += 1
    if done % 2000 == 0 { say("\(done) files") }
  }
  say("\(done) files, \(failures) with a complaint; memory grew by \(megabytes() - before) MB")
  for (kind, sums) in files.sorted(by: { $0.key < $1.key }) {
    say("  \(kind): \(sums.files) files, \(sums.accepted) times taken, \(sums.refused) times refused")
  }
  return failures == 0 && done > 0 ? 0 : 1
}

var (minutes, count, seed, words, current) = (10.0, Int.max, UInt64(1), "all", String?.none)
var rest = CommandLine.arguments.dropFirst()
while let name = rest.popFirst() {
  guard let value = rest.popFirst() else { fail("\(name) lacks a value") }
  switch name {
  case "--minutes": minutes = Double(value) ?? 10
  case "--count": count = Int(value) ?? 1
  case "--seed": seed = UInt64(value) ?? 1
  case "--kinds": words = value
  case "--current": current = value
  default: fail("unknown argument \(name)")
  }
}
signal(SIGPROF) { _ in
  let text: StaticString = "HANG: the current file takes too much processor time\n"
  _ = write(STDOUT_FILENO, text.utf8Start, text.utf8CodeUnitCount)
  _exit(3)
}
let (m, n, s, k, c) = (minutes, count, seed, kinds(words), current)
exit(try withLargeStack(bytes: 64 << 20) { try campaign(minutes: m, count: n, seed: s, kinds: k, current: c) })
