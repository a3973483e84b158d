import Testing

@Suite struct UsageTests {
  static let commands = [
    "run", "replay", "diff", "test", "bless", "check", "plan", "rule", "new", "lua", "list", "show", "pack", "doctor",
    "bench",
  ]

  @Test(arguments: commands)
  func helpHasAnExample(command: String) throws {
    let outcome = try Program.run([command, "--help"])
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("EXAMPLE\n  swerve \(command)"))
    #expect(outcome.output.contains("--json") && outcome.output.contains("--quiet"))
    #expect(outcome.errors.isEmpty)
  }

  @Test func theVersionIsOneLine() throws {
    let outcome = try Program.run(["--version"])
    #expect(outcome.status == 0)
    #expect(outcome.output.split(separator: "\n").count == 1)
  }

  @Test func anUnknownCommandIsWrongUsage() throws {
    let outcome = try Program.run(["rnu", "tiny.lua"])
    #expect(outcome.status == 2)
    #expect(
      outcome.errors == """
        swerve: error: unknown command 'rnu'; did you mean 'run'?
          hint: `swerve --help` lists the commands

        """)
  }

  @Test func anUnknownOptionIsWrongUsageWithASuggestion() throws {
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
    (["test", "--bless"], "--bless needs --reason TEXT"),
    (["test", "--reason", "x"], "--reason needs --bless: without it nothing is recorded"),
  ])
  func wrongUsageIsExplained(arguments: [String], message: String) throws {
    let outcome = try Program.run(arguments)
    #expect(outcome.status == 2)
    #expect(outcome.errors.hasPrefix("swerve: error: \(message)\n"))
    #expect(outcome.output.isEmpty)
  }

  @Test func errorsAreJSONForMachines() throws {
    let outcome = try Program.run(["show", "nowhere", "--json"])
    #expect(outcome.status == 5)
    #expect(outcome.errors.isEmpty)
    #expect(
      outcome.output == """
        {"error":"there is no run folder nowhere","hint":"`swerve list` shows what runs there are","exit_code":5}

        """)
  }
}
