import LuaRuntime

/// Draws scripts: each from its own seed, so that one can be run again alone.
package struct Fuzzer {
  /// Texts whose parts are mixed in; in the order of their names.
  package let corpus: [String]
  /// A script that must print the same after any other one has run.
  private static let canary = """
    local t, o = {b = 1, a = 2, [3] = 3, [{}] = 4}, {}
    for k, v in pairs(t) do o[#o + 1] = tostring(k) .. "=" .. v end
    math.randomseed(3)
    print(table.concat(o, " "), math.random(1000), ("x"):rep(3), 2 ^ 0.5, #o, select("#", pcall(error)))
    """

  package init(corpus: [String] = []) { self.corpus = corpus }

  /// The script of a seed, not yet run.
  package func draw(seed: UInt64) -> FuzzRun {
    var random = FuzzRandom(seed: seed &* 0x9E37_79B9 &+ 1)
    let limits = LuaLimits(
      instructions: random.pick([20_000, 200_000, 1_000_000]),
      memoryBytes: random.pick([400 << 10, 1 << 20, 4 << 20, 16 << 20]),
      outputBytes: random.pick([200, 4 << 10, 64 << 10]), sourceBytes: 64 << 10)
    var generator = ScriptGenerator(seed: seed)
    var source = generator.program()
    if !corpus.isEmpty, random.chance(percent: 20) {
      var mutator = CorpusMutator(random: random)
      source = mutator.mix(random.pick(corpus), with: source)
    }
    return FuzzRun(source: source, limits: limits)
  }

  /// Whether the process still does what it did before any hostile script.
  package static func canaryOutput() -> String {
    var output = ""
    let state = LuaState { output += $0 }
    _ = try? state.load(canary, chunkName: "canary.lua").call()
    return output
  }
}

/// Changes a script of the corpus a little: other numbers, lines left out, doubled and swapped.
struct CorpusMutator {
  var random: FuzzRandom

  mutating func mix(_ text: String, with program: String) -> String {
    var lines = text.split(separator: "\n").map(String.init)
    for _ in 0..<random.below(4) {
      let at = random.below(lines.count)
      switch random.below(4) {
      case 0: lines[at] = ""
      case 1: lines.insert(lines[random.below(lines.count)], at: at)
      case 2: lines.swapAt(at, random.below(lines.count))
      default: lines[at] = changeNumber(lines[at])
      }
    }
    let mutant = lines.joined(separator: "\n")
    // The text says FAIL where a swallowed limit would show; a changed one may say it for another reason.
    let quiet = mutant.replacing("FAIL:", with: "fail:")
    return random.chance(percent: 50) ? quiet : "pcall(function()\n\(quiet)\nend)\n" + program
  }

  private mutating func changeNumber(_ line: String) -> String {
    let numbers = ["0", "1", "-1", "100", "2^53", "math.maxinteger", "1e9", "0/0", "7"]
    guard let found = line.firstRange(of: /[0-9]+/) else { return line }
    return line.replacingCharacters(found, with: random.pick(numbers))
  }
}

extension String {
  fileprivate func replacingCharacters(_ range: Range<String.Index>, with text: String) -> String {
    self[..<range.lowerBound] + text + self[range.upperBound...]
  }
}
