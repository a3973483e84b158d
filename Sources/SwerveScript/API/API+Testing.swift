import LuaRuntime
import SwerveText

// What lua/swerve/testing.lua needs of the host. Its own comments are the documentation of testing.

extension ScriptAPI {
  static let testFunctions: [APIFunction] = [
    APIFunction(
      "host.test_case", "Declares a case of a file of tests.",
      parameters: [APIField("name", .string, ""), APIField("body", .function("fun()"), "")], body: TestCalls.declare),
    APIFunction(
      "host.test_fail", "Ends a case.",
      parameters: ["place", "what", "expected", "found"].map { APIField($0, .message, "") }, body: TestCalls.fail),
    APIFunction(
      "host.test_tokens", "A batch of plain numbers.",
      parameters: [APIField("columns", .any("table"), ""), APIField("place", .message, "")], body: TestCalls.tokens),
    APIFunction(
      "host.test_rows", "A tensor's numbers; anything else as it is.",
      parameters: [APIField("value", .any("any"), .optional(nil), "")], body: TestCalls.rows),
    APIFunction(
      "host.test_random", "Random numbers.",
      parameters: [
        APIField("seed", .integer(0...1 << 53), .integer(1), ""),
        APIField("step", .integer(0...1_000_000), .integer(1), ""),
      ],
      body: TestCalls.random),
    APIFunction(
      "host.test_weights", "A rule's answer as training reads it.",
      parameters: [
        APIField("rule", .either([.function(ruleType), .object("rule")]), ""),
        APIField("tokens", .object("tokens"), ""),
        APIField("step", .integer(1...1_000_000), .integer(1), ""),
        APIField("seed", .integer(0...1 << 53), .integer(1), ""), APIField("state", .any("table"), .optional(nil), ""),
        APIField("metrics", .any("table"), .optional(nil), ""),
        APIField("allow_negative", .boolean, .boolean(false), ""),
      ],
      body: TestCalls.weights),
    APIFunction(
      "host.test_gradient", "A loss and its gradient.",
      parameters: [
        APIField("loss", .function(lossType), ""), APIField("tokens", .object("tokens"), ""),
        APIField("c", .any("table"), ""), APIField("step", .integer(1...1_000_000), .integer(1), ""),
        APIField("state", .any("table"), .optional(nil), ""),
      ],
      body: TestCalls.gradient),
  ]
}
