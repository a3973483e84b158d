/// Writes Lua programs by a grammar: valid most of the time, hostile in what they call and with what. A program follows
/// from the seed alone.
package struct ScriptGenerator {
  var random: FuzzRandom
  /// Nested statements and expressions that are still allowed.
  var room = 0
  /// Whether `break` is valid here.
  var isInLoop = false
  var labels = 0

  static let variables = ["a", "b", "c", "d", "e", "f", "g"]

  package init(seed: UInt64) { random = FuzzRandom(seed: seed) }

  /// A whole program. What it returns is for the host to call.
  package mutating func program() -> String {
    var lines = ["local a, b, c, d, e, f, g = 1, 'text', {1, 2, 3}, function(...) return ... end, nil, 0.5, {x = 1}"]
    for _ in 0..<(1 + random.below(10)) {
      // Most statements fail on the random types of their operands: what follows is to run all the same.
      room = 3 + random.below(4)
      let body = random.chance(percent: 25) ? "do \(attack()) end" : block(1 + random.below(4))
      switch random.below(10) {
      case 0: lines.append(body)
      case 1: lines.append("xpcall(function(...) \(body) end, \(handler()), a, b)")
      case 2: lines.append("print(pcall(function(...) \(body) end, a, b))")
      case 3: lines.append("pcall(coroutine.wrap(function(...) \(body) end), a, b)")
      default: lines.append("pcall(function(...) \(body) end, a, b)")
      }
    }
    room = 3
    lines.append("return \(expression()), d, \(function())")
    return lines.joined(separator: "\n") + "\n"
  }

  // MARK: Statements

  mutating func block(_ count: Int) -> String {
    (0..<count).map { _ in statement() }.joined(separator: "; ")
  }

  /// A block one level down.
  mutating func body(isLoop: Bool = false) -> String {
    guard room > 0 else { return "" }
    room -= 1
    let wasInLoop = isInLoop
    isInLoop = isLoop
    defer {
      room += 1
      isInLoop = wasInLoop
    }
    return block(1 + random.below(3))
  }

  mutating func statement() -> String {
    guard room > 0 else { return "\(variable()) = \(leaf())" }
    switch random.below(26) {
    case 0...3: return "\(variable()) = \(expression())"
    case 4: return "local \(variable()) = \(expression())"
    case 5: return "\(variable()), \(variable()) = \(expression()), \(expression())"
    case 6, 7: return "\(target()) = \(expression())"
    case 8...10: return "local _ = \(libraryCall())"
    case 11: return "if \(expression()) then \(body()) else \(body()) end"
    case 12, 13: return loop()
    case 14: return "do local z <close> = \(closable()) \(body()) end"
    case 15: return isInLoop ? "if \(expression()) then break end" : "local k <const> = \(leaf())"
    case 16: return "if \(expression()) then return \(expression()), \(expression()) end"
    case 17: return "coroutine.yield(\(expression()))"
    case 18: return "error(\(expression()), \(random.below(4)))"
    case 19: return "print(\(expression()))"
    case 20: return "pcall(\(function()), \(expression()))"
    case 21: return "xpcall(\(function()), \(handler()), \(expression()))"
    case 22: return "local _ = \(callOfVariable())"
    case 23: return "local _ = \(hostCall())"
    case 24: return "do \(attack()) end"
    default: return gotos()
    }
  }

  mutating func loop() -> String {
    let condition = expression()
    switch random.below(6) {
    case 0: return "while \(condition) do \(body(isLoop: true)) end"
    case 1: return "repeat \(body(isLoop: true)) until \(condition)"
    case 2: return "for i = \(number()), \(number()) do \(body(isLoop: true)) end"
    case 3: return "for i = \(number()), \(number()), \(number()) do \(body(isLoop: true)) end"
    case 4: return "for k, v in \(random.pick(["pairs", "ipairs"]))(\(table())) do \(body(isLoop: true)) end"
    default: return "for k, v, x, y in \(iterator()) do \(body(isLoop: true)) end"
    }
  }

  private mutating func iterator() -> String {
    switch random.below(6) {
    case 0: "next, \(table())"
    case 1: "coroutine.wrap(\(function()))"
    case 2: "string.gmatch(\(string()), \(pattern()))"
    case 3: "utf8.codes(\(string()))"
    case 4: "\(function()), \(leaf()), \(leaf()), \(closable())"
    default: "\(expression())"
    }
  }

  private mutating func gotos() -> String {
    labels += 1
    let name = "l\(labels)"
    return random.chance(percent: 50)
      ? "do local n = 0 ::\(name):: \(body()) n = n + 1 if n < \(random.below(30)) then goto \(name) end end"
      : "for i = 1, \(random.below(20)) do do \(body()) if \(leaf()) then goto \(name) end end a = i ::\(name):: end"
  }

  /// A message handler.
  mutating func handler() -> String {
    random.pick([
      "print", "error", "function(m) return m end", "function(m) error(m) end", "function() while true do end end",
      "function(m) return coroutine.yield(m) end", "function(m) return tostring(m) .. 'x' end", "coroutine.wrap(print)",
      "function(m) return setmetatable({}, {__tostring = function() error(m) end}) end", "string.rep", "host.fail",
      "function(m) local t = {} for i = 1, 1e9 do t[i] = m end end", function(),
    ])
  }

  /// A value for a variable that is closed.
  mutating func closable() -> String {
    random.pick([
      "setmetatable({}, {__close = \(function())})", "nil", "false", "host.object(10)", "{}",
      "setmetatable({}, {__close = function(...) error('closing') end})",
      "setmetatable({}, {__close = function(...) coroutine.yield(1) end})",
      "setmetatable({}, {__close = function(...) while true do end end})",
    ])
  }

  // MARK: Names

  mutating func variable() -> String { random.pick(Self.variables) }

  mutating func target() -> String {
    switch random.below(6) {
    case 0: "\(variable())[\(expression())]"
    case 1: "\(variable()).x"
    case 2: random.pick(["_G.x", "_ENV.y", "newglobal", "math.huge", "string.rep", "_G[1]", "host.fail"])
    case 3: "\(variable()).x.y"
    case 4: "(\(expression()))[\(leaf())]"
    default: variable()
    }
  }
}
