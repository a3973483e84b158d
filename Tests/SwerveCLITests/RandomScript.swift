import Foundation
import SwerveTestSupport

/// A small experiment with random names of everything that a script may name, from a seed.
struct RandomScript {
  let text: String
  /// Where it stands in the project.
  let path: String
  /// `--set` for some of its options.
  let settings: [String]
  /// Whether some name is none that is taken, so that it must be refused.
  let isRefused: Bool
  /// Whether only a hook of fine-tuning gives that name, which says it when it runs.
  let isRefusedByHook: Bool

  /// Names that all kinds take, with those that metrics of swerve's own end in.
  private static let words = [
    "a", "_", "9", "x1", "loss", "kl", "total", "test", "trained", "training_", "q50", "count", "step", "success",
    "weights",
    "chain", "null", "NaN", "then", "minibatches", "UPPER", String(repeating: "n", count: 80),
  ]
  private static let paths = ["a/b", "loss/a", "a/b/c", "1/2"] + words
  private static let files =
    ["a-step-1", "a.b", "x-", "pretrain-2", "position", "a@1".replacing("@", with: "-")] + words
  /// Of none of the kinds.
  private static let bad = [
    "", " ", "a b", "a\nb", "\u{1B}[31m", "<b>", "a,b", "\"", "日本", "e\u{301}", "é", "train ", "../x", "//",
    String(repeating: "n", count: 81),
  ]
  private static let texts = [
    "", "two words", "it's", "\"", "é", "e\u{301}", "日本", "--seed", "$HOME `x` !", "a=b,c=d", "\u{1}", "\u{1B}[31m",
    "\u{9B}", "\u{202E}x", "a\nb",
  ]
  private static let scripts = [
    "test.lua", "sub/test.lua", "é.lua", "e\u{301}.lua", "two words.lua", "a'b.lua", "x.y.lua",
  ]

  init(seed: UInt64) {
    var maker = Maker(random: TestRandom(seed, "random script"))
    let badKind = maker.random.within(0...5) == 0 ? maker.random.within(0...4) : -1
    isRefused = badKind >= 0
    isRefusedByHook = badKind >= 3
    path = maker.one(of: Self.scripts)
    let optionNames = maker.names(Self.words, most: 3, bad: badKind == 0)
    let options = optionNames.map { ($0, maker.optionValue(Self.texts)) }
    settings = options.flatMap { name, value in
      maker.random.within(0...2) == 0 ? ["--set", "\(name)=\(value.other)"] : []
    }
    let sets = maker.names(Self.words, most: 3, bad: badKind == 1)
    let stages = maker.names(Self.files, most: 3, least: 1, bad: badKind == 2)
    let parts = maker.names(Self.paths, most: 4, bad: badKind == 3)
    let logged = maker.names(Self.paths, most: 3, bad: badKind == 4)
    let rules = maker.names(Self.paths, most: 2)
    text = Self.script(&maker, options, sets, stages, parts: parts, logged: logged, rules: rules)
  }

  private static func script(
    _ maker: inout Maker, _ options: [(String, Maker.Value)], _ sets: [String], _ stages: [String], parts: [String],
    logged: [String], rules: [String]
  ) -> String {
    func table(_ names: [String], _ value: (String) -> String) -> String {
      "{ " + names.map { "[\(lua($0))] = \(value($0))" }.joined(separator: ", ") + " }"
    }
    func evaluation(_ maker: inout Maker) -> String {
      let shown = (sets + ["training"]).filter { _ in maker.random.within(0...2) > 0 }
      if shown.isEmpty { return "" }
      let greedy = maker.random.within(0...1) == 0
      return
        "eval = { every = \(maker.random.within(1...3)), greedy = \(greedy), samples = \(maker.random.within(0...2)), "
        + "sets = \(table(shown) { _ in "\(maker.random.within(1...3))" }) },"
    }
    var text = """
      local swerve = require "swerve"
      local o = swerve.options \(table(options.map(\.0)) { name in options.first { $0.0.utf8.elementsEqual(name.utf8) }?.1.lua ?? "" })
      local function draw(rng) return rng:below(2) == 0 and "a>" or "b>" end
      local task = swerve.tasks.custom { name = \(lua(maker.one(of: words))), alphabet = "ab>\\n", longest_prompt = 2, limit = 3,
        prompt = draw, solution = function(p) return p:sub(1, 1) end, \(maker.random.within(0...1) == 0 ? "critical = function() return { 1 } end," : "")
        sets = \(table(sets) { _ in "draw" }) }
      local function loss(t, c, step, state)
        state.n = (state.n or 0) + 1
        local all, some = \(table(parts) { "#" + lua($0) }), {}
        local left_out = 0
        for name, value in pairs(all) do
          left_out = left_out + 1
          if \(parts.isEmpty ? "true" : "(state.n + left_out) % 3 > 0 or state.n == 1") then some[name] = value end
        end
        return -(t.logp * t.returns):mean() + c.kl * (t.kl_weight * t.kl_full):mean(), some
      end
      local base = swerve.pretrain { name = \(lua(stages[0])), model = { layers = 1, heads = 1, width = 8, context = 8 }, task = task,
        steps = \(maker.random.within(1...3)), batch = 2, lr = 1e-2, \(evaluation(&maker)) }

      """
    for name in stages.dropFirst() {
      text += """
        local s\(lua(name).utf8.count)_\(text.utf8.count) = swerve.finetune { name = \(lua(name)), from = base, task = task, loss = loss,
          updates = \(maker.random.within(1...3)), episodes = \(maker.random.within(2...5)), minibatch = 2, lr = 1e-3,
          kl = { coef = 0.1, estimator = "full", rule = function(t) return 1, \(table(rules) { _ in "0.5" }) end },
          log = function(t) return \(table(logged) { "#" + lua($0) }) end, \(evaluation(&maker)) }

        """
    }
    let names = text.matches(of: /local (s[0-9]+_[0-9]+) =/).map { String($0.1) }
    return text + "return { \((["base"] + names).joined(separator: ", ")) }\n"
  }

  /// A Lua string of these bytes.
  private static func lua(_ text: String) -> String {
    "\""
      + text.utf8.map { byte in
        (0x20..<0x7F).contains(byte) && byte != 0x22 && byte != 0x5C
          ? String(UnicodeScalar(byte)) : "\\" + (byte < 100 ? byte < 10 ? "00" : "0" : "") + "\(byte)"
      }.joined() + "\""
  }

  /// Draws names and values.
  private struct Maker {
    struct Value {
      /// As the script has it.
      let lua: String
      /// Another one of the type, for `--set`.
      let other: String
    }

    var random: TestRandom

    mutating func one(of list: [String]) -> String { list[random.within(0...list.count - 1)] }

    /// Different names, one of them bad if wanted.
    mutating func names(_ good: [String], most: Int, least: Int = 0, bad: Bool = false) -> [String] {
      var names: [String] = []
      for _ in 0..<random.within(least...most) {
        let name = one(of: good)
        if !names.contains(name) { names.append(name) }
      }
      if bad {
        let place = random.within(0...names.count)
        names.insert(one(of: RandomScript.bad), at: place)
      }
      return names
    }

    mutating func optionValue(_ texts: [String]) -> Value {
      switch random.within(0...3) {
      case 0: return Value(lua: "\(random.within(-9...9))", other: "1e2")
      case 1: return Value(lua: "\(random.uniform(-1...1))", other: "-0.1")
      case 2: return Value(lua: "true", other: "false")
      default: return Value(lua: RandomScript.lua(one(of: texts)), other: one(of: texts))
      }
    }
  }
}
