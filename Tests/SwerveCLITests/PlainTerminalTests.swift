import Foundation
import SwerveTestSupport
import Testing

/// Terminals that understand no escape sequences get none.
@Suite struct PlainTerminalTests {
  private static let plain: [[String: String?]] = [
    ["TERM": "dumb", "NO_COLOR": nil], ["TERM": "", "NO_COLOR": nil], ["TERM": nil, "NO_COLOR": nil],
    ["TERM": "xterm-256color", "NO_COLOR": "1"],
  ]
  private static let full: [String: String?] = ["TERM": "xterm-256color", "NO_COLOR": nil]

  private func shown(
    _ arguments: [String], _ project: TestProject, _ environment: [String: String?],
    _ exchanges: [(text: String, answer: String?)] = []
  ) throws -> String {
    let terminal = try Terminal(arguments, in: project.folder.url, environment: environment)
    defer { _ = terminal.waitForExit() }
    return try terminal.dialogue(exchanges)
  }

  /// A golden that fails, so that there is something to review; and a model, for a rule to be shown.
  private func project() throws -> TestProject {
    let project = try TestProject()
    try project.record("a")
    try #require(try project.run("bless", "a", "--reason", "first").status == 0)
    try project.edit("tiny.lua", "vf = 0.1", "vf = 0.2")
    return project
  }

  private static let commands: [[String]] = [
    ["run", "tiny.lua", "--out", "b"], ["test"], ["run", "nowhere.lua"], ["run", "--sed"], ["replay", "a"],
    ["rule", "tiny.lua", "--on", "a/checkpoints/tuned.safetensors", "--prompt", "12+34"], ["list"],
    ["plan", "tiny.lua"],
    ["bench", "--config", "nano", "--part", "nothing"], ["check", "tiny.lua"], ["show", "a"],
  ]

  @Test func writesNoEscapeSequenceOnAPlainTerminal() throws {
    for environment in Self.plain {
      let project = try project()
      for command in Self.commands {
        let text = try shown(command, project, environment)
        #expect(!text.isEmpty && !text.utf8.contains(0x1B), "\(environment) \(command): \(text)")
        // Only NO_COLOR leaves a line that is written over again.
        let isRewritten = text.replacingOccurrences(of: "\r\n", with: "").utf8.contains(0x0D)
        #expect(!isRewritten || environment["NO_COLOR"] == "1", "\(environment) \(command): \(text)")
      }
      let review = try shown(["review"], project, environment, [("[a/r/s/q] ", "s")])
      #expect(review.contains("0 accepted") && !review.utf8.contains(0x1B))
    }
  }

  @Test func writesNoEscapeSequenceInThePrompt() throws {
    for environment in Self.plain {
      let text = try shown(
        ["lua"], try TestProject(), environment,
        // The end of the input is one only where the prompt waits for a line.
        [
          ("> ", "x = 20"), ("> ", "x + 22"), ("42", nil), ("> ", "nothing.at"), ("error", nil), ("> ", "\u{4}"),
        ])
      #expect(!text.utf8.contains(0x1B), "\(environment): \(text)")
    }
  }

  /// Else the tests above could not fail.
  @Test func writesEscapeSequencesOnOtherTerminals() throws {
    let project = try project()
    for command in Self.commands.prefix(4) {
      #expect(try shown(command, project, Self.full).utf8.contains(0x1B), "\(command)")
    }
  }

  /// Where nothing can be erased, spaces cover what was there.
  @Test func erasesALiveLineWithoutEscapes() throws {
    let text = try shown(["run", "tiny.lua", "--out", "b"], try TestProject(), ["TERM": "xterm", "NO_COLOR": "1"])
    var line: [Character] = []
    var lines: [String] = []
    var column = 0
    for character in text.unicodeScalars.map(Character.init) {
      switch character {
      case "\r": column = 0
      case "\n":
        lines.append(String(line))
        (line, column) = ([], 0)
      default:
        if column < line.count { line[column] = character } else { line.append(character) }
        column += 1
      }
    }
    #expect(lines.contains { $0.hasPrefix("METRIC") } && text.contains("\r"))
    #expect(!lines.contains { $0.contains("tokens/s") || $0.contains("pretrain ") }, "\(lines)")
  }
}
