import Foundation
import SwerveTestSupport
import Testing

@Suite struct UsageTests {
  static let commands = [
    "run", "replay", "diff", "test", "bless", "review", "check", "plan", "rule", "eval", "new", "lua", "list", "show",
    "pack", "export", "watch", "doctor", "bench",
  ]

  @Test(arguments: commands)
  func showsAnExampleInTheHelp(command: String) throws {
    let outcome = try Program.run([command, "--help"])
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("EXAMPLE\n  swerve \(command)"))
    #expect(outcome.output.contains("--json") && outcome.output.contains("--quiet"))
    #expect(outcome.errors.isEmpty)
  }

  @Test func showsTheVersionInOneLine() throws {
    let outcome = try Program.run(["--version"])
    #expect(outcome.status == 0)
    #expect(outcome.output.split(separator: "\n").count == 1)
  }

  @Test func rejectsAnUnknownCommand() throws {
    let outcome = try Program.run(["rnu", "tiny.lua"])
    #expect(outcome.status == 2)
    #expect(
      outcome.errors == """
        swerve: error: unknown command 'rnu'; did you mean 'run'?
          hint: `swerve --help` lists the commands

        """)
  }

  @Test func rejectsAnUnknownOptionWithASuggestion() throws {
    let outcome = try Program.run(["run", "tiny.lua", "--sed", "4"])
    #expect(outcome.status == 2)
    #expect(outcome.output.isEmpty)
    #expect(
      outcome.errors == """
        swerve: error: Unknown option '--sed'. Did you mean '--set'?
          hint: `swerve run --help` shows its options and an example

        """)
  }

  @Test(arguments: [
    (["run"], "Missing expected argument '<script>'"),
    (["run", "a.lua", "--threads", "0"], "--threads must be in 1...1024, got 0"),
    (["run", "a.lua", "--set", "alpha"], "--set needs KEY=VALUE, got \"alpha\""),
    (
      ["run", "a.lua", "--seed", "-1"],
      "The value '-1' is invalid for '--seed <n>': --seed must be a whole number from 0 to 2^64 - 1, got \"-1\""
    ),
    (["diff", "a", "b", "--rel=-1"], "--rel must be a finite number from 0, or GLOB=NUMBER, got \"-1\""),
    (
      ["diff", "a", "b", "--abs", "loss=1e-9", "--abs", "loss=1e9"],
      "--abs has two bounds for 'loss': loss=1e-9 and loss=1e9"
    ),
    (
      ["run", "a.lua", "--set", "kl=1", "--set", "alpha=1", "--set", "kl=2"],
      "--set gives kl two values, kl=1 and kl=2: give it once"
    ),
    (
      ["check", "a.lua", "--limit", "depth=9", "--limit", "depth=8"],
      "--limit gives depth two values, depth=9 and depth=8: give it once"
    ),
    (["test", "--bless"], "--bless needs --reason TEXT"),
    (["test", "--reason", "x"], "--reason needs --bless: without it nothing is recorded"),
  ])
  func explainsWrongUsage(arguments: [String], message: String) throws {
    let outcome = try Program.run(arguments)
    #expect(outcome.status == 2)
    #expect(outcome.errors.hasPrefix("swerve: error: \(message)\n"))
    #expect(outcome.output.isEmpty)
  }

  /// In error sentences, hints, help and pages: `swerve WORD` in backticks, and lines of examples.
  @Test func namesOnlyCommandsThatExist() throws {
    let help = try Program.run(["--help"]).output
    let list = try #require(help.range(of: "SUBCOMMANDS:")).upperBound
    let known = help[list...].matches(of: #/\n  ([a-z]+) /#).map { String($0.1) }
    #expect(Set(known).isSuperset(of: Self.commands))
    var named = 0
    for (path, text) in try Self.textsThatNameCommands() {
      for match in text.matches(of: #/(?:`|\n +|next: |hint: )swerve ([a-z]+)\b(?![.=:(])/#) {
        named += 1
        #expect(known.contains(String(match.1)), "\(path): \(match.0)")
      }
    }
    #expect(named > 100)
  }

  private static func textsThatNameCommands() throws -> [(path: String, text: String)] {
    let files = ["README.md", "golden/README.md", "Makefile"]
    let folders = ["Sources", "lua", "examples", "docs"]
    let inFolders = folders.flatMap { folder in
      FileManager.default.enumerator(atPath: Fixtures.repository.appendingPathComponent(folder).path)?
        .compactMap { $0 as? String }.filter { name in [".swift", ".lua", ".md"].contains { name.hasSuffix($0) } }
        .map { folder + "/" + $0 } ?? []
    }
    return try (files + inFolders).sorted().map {
      ($0, try String(contentsOf: Fixtures.repository.appendingPathComponent($0), encoding: .utf8))
    }
  }

  @Test func writesErrorsAsJSON() throws {
    let outcome = try Program.run(["show", "nowhere", "--json"])
    #expect(outcome.status == 5)
    #expect(outcome.errors.isEmpty)
    #expect(
      outcome.output == """
        {"error":"there is no run folder nowhere","hint":"`swerve list` shows what runs there are","exit_code":5}

        """)
  }
}
