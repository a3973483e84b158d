import SwerveFiles
import SwerveRecords
import SwerveReports
import SwerveRuns

/// A run that was really recorded, in a folder of its own, with a golden and a packed file: what is mutated.
package final class FileCorpus {
  /// What a file is read as.
  package enum Kind: String, CaseIterable, Sendable {
    case manifest, metrics, result, samples, position, checksums, checkpoint, snapshot, golden, pack, index
  }

  package let folder: String
  /// The bytes of each kind.
  private let originals: [(kind: Kind, path: String, bytes: [UInt8])]

  package var run: String { Path.join(folder, "runs/tiny") }
  package var runs: String { Path.join(folder, "runs") }

  /// - Parameter folder: an empty one.
  package init(folder: String) throws {
    self.folder = folder
    try POSIXFile.writeAtomically(Self.script, to: Path.join(folder, "tiny.lua"))
    let run = Path.join(folder, "runs/tiny")
    let script = try LoadedScript.load(Path.join(folder, "tiny.lua"), RunSettings()) { _ in }
    let outcome = try Runner.run(script, out: run)
    let stopped = Path.join(folder, "stopped")
    var watchers = Runner.Watchers()
    watchers.pacing = CheckpointPacing(steps: 1)
    watchers.isCancelled = { true }
    _ = try Runner.run(script, out: stopped, watchers: watchers)
    let golden = Path.join(folder, "tiny.jsonl")
    try POSIXFile.writeAtomically(
      GoldenFile(try RunReader.read(run), reason: "a corpus", date: "2026-01-02").text, to: golden)
    let pack = Path.join(folder, "tiny.tar")
    _ = try PackWriter.pack(run, to: pack)
    let long = Clock.nanoseconds() + 60_000_000_000
    _ = try RunList.scan(Path.join(folder, "runs"), indexedRuns: 1, now: long)
    let checkpoints = try POSIXFile.list(stopped + "/checkpoints").filter { $0.hasSuffix(".safetensors") }
    let paths: [(Kind, String)] =
      [
        (.manifest, outcome.folder.manifest), (.metrics, outcome.folder.metrics), (.result, outcome.folder.result),
        (.samples, outcome.folder.samples), (.checksums, Path.join(run, RunChecksums.fileName)),
        (.checkpoint, outcome.folder.checkpoint(stage: "tuned")), (.golden, golden), (.pack, pack),
        (.position, RunFolder(path: stopped).position),
        (.index, Path.join(folder, "runs/.swerve-index.sqlite")),
      ] + checkpoints.map { (.snapshot, Path.join(stopped + "/checkpoints", $0)) }
    originals = try paths.map { ($0, $1, try POSIXFile.read($1)) }
  }

  deinit { try? POSIXFile.remove(folder) }

  package func place(of kind: Kind) -> (path: String, bytes: [UInt8]) {
    originals.first { $0.kind == kind }.map { ($0.path, $0.bytes) } ?? ("", [])
  }

  /// The run that was stopped, whose files resuming changes.
  package var stopped: String { Path.join(folder, "stopped") }

  /// Every file as it was.
  package func restore(_ kind: Kind) throws {
    let (path, bytes) = place(of: kind)
    try POSIXFile.writeAtomically(bytes, to: path)
  }

  /// The least that has every file.
  private static let script = """
    local swerve = require "swerve"
    local o = swerve.options { digits = 1, alpha = 20, task = "addition" }
    local reference = swerve.pretrain {
      model = { layers = 1, heads = 1, width = 16, context = 360 },
      task = swerve.tasks.addition { comfort = o.digits }, steps = 2, batch = 2, lr = 1e-3,
    }
    return swerve.finetune {
      name = "tuned", from = reference, task = swerve.tasks.addition { comfort = o.digits, plus = 1 },
      updates = 2, episodes = 2, minibatch = 2, lr = 1e-4, vf = 0.1, entropy = 0.001,
      kl = { coef = 5.0, estimator = "k2" }, eval = { every = 1, sets = { comfort = 1 } },
    }

    """
}
