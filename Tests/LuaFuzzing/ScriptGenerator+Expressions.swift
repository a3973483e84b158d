extension ScriptGenerator {
  mutating func expression() -> String {
    guard room > 0 else { return leaf() }
    room -= 1
    defer { room += 1 }
    switch random.below(22) {
    case 0...4: return leaf()
    case 5...7: return "(\(expression()) \(binaryOperator()) \(expression()))"
    case 8: return "(\(random.pick(["-", "not ", "#", "~"]))\(expression()))"
    case 9, 10: return table()
    case 11: return function()
    case 12...15: return libraryCall()
    case 16: return callOfVariable()
    case 17: return "\(variable())[\(expression())]"
    case 18: return withMetatable()
    case 19: return "coroutine.\(random.pick(["create", "wrap"]))(\(function()))"
    case 20: return hostCall()
    default:
      return random.pick(["...", "(...)", "{...}", "select('#', ...)", "select(-1, ...)", "coroutine.running()"])
    }
  }

  private mutating func binaryOperator() -> String {
    random.pick([
      "+", "-", "*", "/", "//", "%", "^", "..", "..", "==", "~=", "<", "<=", ">", ">=", "and", "or", "&", "|", "~",
      "<<",
      ">>",
    ])
  }

  /// No call, no nesting.
  mutating func leaf() -> String {
    switch random.below(8) {
    case 0...2: variable()
    case 3: number()
    case 4: string()
    case 5: random.pick(["nil", "true", "false", "_G", "_ENV", "math", "string", "coroutine", "host"])
    case 6: random.pick(["print", "next", "pcall", "error", "string.rep", "table.sort", "coroutine.yield", "load"])
    default: random.pick(["{}", "{1, 2, 3}", "function() end", "'x'", "0", "1"])
    }
  }

  mutating func number() -> String {
    switch random.below(4) {
    case 0: String(random.below(20) - 4)
    case 1: String(random.below(100_000))
    case 2:
      random.pick([
        "math.huge", "-math.huge", "0/0", "-(0/0)", "math.maxinteger", "math.mininteger", "-0.0", "2^53", "2^63",
        "-2^63", "1e308", "5e-324", "0x7fffffff", "0x80000000", "(1 << 31)", "(1 << 62)", "1e15", "0.1", "-1",
        "math.pi", "math.maxinteger - 1", "65535", "65536", "1000000",
      ])
    default: "\(random.below(1000)).\(random.below(1000))"
    }
  }

  mutating func string() -> String {
    switch random.below(7) {
    case 0: "''"
    case 1: "'\(random.pick(["a", "abc", "key", "10", "0x10", "1e1", " 5 ", "nan", "inf", "__index", "x"]))'"
    case 2: "string.rep('\(random.pick(["a", "ab", "(", "%", "x,"]))', \(random.below(3000)))"
    case 3: "'\\\(random.below(256))\\0\\255\\\(random.below(256))'"
    case 4: "'\\u{\(String(random.below(0x7FFF_FFFF), radix: 16))}'"
    case 5: "tostring(\(leaf()))"
    default: "'\(String(repeating: "k", count: random.below(60)))'"
    }
  }

  mutating func table() -> String {
    guard room > 0 else { return random.pick(["{}", "{1, 2, 3}", "c", "g", "_G"]) }
    room -= 1
    defer { room += 1 }
    switch random.below(6) {
    case 0: return withMetatable()
    case 1: return "{\(expression()), \(expression()), \(expression())}"
    case 2: return "{x = \(expression()), [\(leaf())] = \(expression()), n = \(number())}"
    case 3: return "{...}"
    case 4: return "table.pack(\(expression()), \(expression()))"
    default: return variable()
    }
  }

  /// A function with a body; the arguments shadow variables, so that values get around.
  mutating func function() -> String {
    guard room > 0 else {
      return random.pick(["print", "function() end", "d", "error", "host.echo", "function(...) return ... end"])
    }
    let parameters = random.pick(["...", "a, ...", "a, b", "a, b, c, ...", ""])
    let isVariadic = parameters.hasSuffix("...")
    let text = body()
    // `...` is only valid in a function that takes it.
    let open = isVariadic ? "" : "local function arguments(...) "
    let shut = isVariadic ? "" : " end return arguments(a, b)"
    return "function(\(parameters)) \(open)\(text)\(shut) end"
  }

  mutating func withMetatable() -> String {
    let names = [
      "__index", "__newindex", "__call", "__concat", "__len", "__eq", "__lt", "__le", "__unm", "__add", "__sub",
      "__mul", "__div", "__idiv", "__mod", "__pow", "__band", "__shl", "__bnot", "__close", "__pairs", "__tostring",
      "__name", "__mode", "__metatable", "__gc",
    ]
    var fields: [String] = []
    for _ in 0..<(1 + random.below(4)) {
      let name = random.pick(names)
      let value =
        switch (name, random.below(4)) {
        case ("__mode", _): random.pick(["'k'", "'v'", "'kv'", "1"])
        case ("__len", 0): "function() return \(number()) end"
        case ("__gc", 0...2): "nil"
        case (_, 0): leaf()
        default: function()
        }
      fields.append("\(name) = \(value)")
    }
    return "setmetatable(\(random.pick(["{}", "{1, 2, 3}", "c", "g"])), {\(fields.joined(separator: ", "))})"
  }

  mutating func callOfVariable() -> String {
    switch random.below(3) {
    case 0: "\(variable())(\(expression()), \(expression()))"
    case 1: "\(variable()):\(random.pick(["x", "rep", "gsub", "format", "sum", "close"]))(\(expression()))"
    default: "(\(function()))(\(expression()))"
    }
  }
}
