import Foundation
import SwerveTestSupport
import Testing

/// A real Slurm cluster of two nodes on this machine, made by `.ci/test-cluster` and ended with this object, or with
/// the tests.
final class Cluster {
  /// The path is short, because those of sockets have room for 107 bytes.
  private let folder: String
  private static let script = Fixtures.repository.appendingPathComponent(".ci/test-cluster").path

  /// What is missing on this machine; nil: nothing.
  static let missing: String? = {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
    let all = folders + ["/usr/sbin", "/sbin"]
    let tools = ["sbatch", "squeue", "scontrol", "scancel", "slurmctld", "slurmd", "munged", "mungekey", "unshare"]
    let missing = tools.filter { tool in !all.contains { FileManager.default.isExecutableFile(atPath: $0 + "/" + tool) }
    }
    if !missing.isEmpty {
      return "\(missing.joined(separator: ", ")) missing: apt-get install --no-install-recommends slurm-wlm munge"
    }
    let own = getuid() == 0 ? [] : ["--user", "--map-current-user", "--keep-caps"]
    let namespaces = try? Program.Running(
      own + ["--uts", "--mount", "--pid", "--fork", "--mount-proc", "true"], of: tool("unshare"),
      in: FileManager.default.temporaryDirectory
    ).wait()
    return namespaces?.status == 0 ? nil : "this machine allows no namespaces, in which the nodes run"
  }()

  /// The first port to look at. Two clusters that start at the same time must not find the same ones free.
  nonisolated(unsafe) private static var port = 21_000
  private static let ports = NSLock()

  init() throws {
    let port = Self.ports.withLock { () -> Int in
      Self.port += 10
      return Self.port + Int(getpid() % 500) * 10
    }
    folder = "/tmp/swerve-\(getpid())-\(port)"
    let started = try Program.Running(
      [Self.script, "start", folder], of: URL(fileURLWithPath: "/bin/bash"),
      in: FileManager.default.temporaryDirectory, environment: ["PORT": "\(port)", "OWNER": "\(getpid())"]
    ).wait()
    try #require(started.status == 0, "\(started.all)")
  }

  deinit {
    _ = try? fault("stop")
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// What a user of the cluster has in the environment.
  var environment: [String: String] { ["SLURM_CONF": folder + "/etc/slurm.conf"] }

  /// "crash", "freeze" or "revive" of a node, or of "controller".
  func fault(_ words: String...) throws {
    let outcome = try Program.Running(
      [Self.script, words[0], folder] + words.dropFirst(), of: URL(fileURLWithPath: "/bin/bash"),
      in: FileManager.default.temporaryDirectory
    ).wait()
    #expect(outcome.status == 0, "\(outcome.all)")
  }

  private static func tool(_ name: String) -> URL {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
    let found = (folders + ["/usr/bin", "/bin", "/usr/sbin"]).map { $0 + "/" + name }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
    return URL(fileURLWithPath: found ?? "/usr/bin/" + name)
  }

  /// Runs one of Slurm's programs.
  @discardableResult
  func run(_ words: String...) throws -> String {
    try Program.Running(
      Array(words.dropFirst()), of: Self.tool(words[0]), in: FileManager.default.temporaryDirectory,
      environment: environment
    ).wait().output
  }

  /// What shellcheck says of a script, where it is installed.
  func checkShell(_ script: String) throws {
    guard FileManager.default.isExecutableFile(atPath: "/usr/bin/shellcheck") else { return }
    let found = try run("shellcheck", script)
    #expect(found.isEmpty, "\(found)")
  }

  /// Waits until a query of Slurm gives a text; a minute at most.
  func wait(for text: String, _ words: String..., sourceLocation: SourceLocation = #_sourceLocation) throws {
    var last = ""
    for _ in 0..<600 {
      last = try Program.Running(
        Array(words.dropFirst()), of: Self.tool(words[0]), in: FileManager.default.temporaryDirectory,
        environment: environment
      ).wait().output
      if last.contains(text) { return }
      usleep(100_000)
    }
    Issue.record(
      "\(words.joined(separator: " ")) does not say \(text) after a minute: \(last)", sourceLocation: sourceLocation)
  }
}
