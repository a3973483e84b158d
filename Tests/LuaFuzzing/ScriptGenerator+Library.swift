extension ScriptGenerator {
  /// A function of the sandbox with arguments that fit, but for every fifth.
  mutating func libraryCall() -> String {
    let (name, kinds) = random.pick(Self.library)
    var arguments = kinds.map { argument($0) }
    if random.chance(percent: 10) { arguments.append(expression()) }
    if random.chance(percent: 10), !arguments.isEmpty { arguments.removeLast() }
    return "\(name)(\(arguments.joined(separator: ", ")))"
  }

  mutating func hostCall() -> String {
    switch random.below(9) {
    case 0: "host.echo(\(expression()), \(expression()))"
    case 1: "host.fail(\(expression()))"
    case 2: "host.call(\(function()), \(expression()))"
    case 3: "host.object(\(random.below(100_000)))"
    case 4: "host.many(\(random.below(300)))"
    case 5: "host.walk(\(table()))"
    case 6: "host.object(5):sum(\(expression()))"
    case 7: "(host.object(3) \(random.pick(["+", "..", "<", "=="])) \(expression()))"
    default: "host.keep(\(expression()))"
    }
  }

  /// What an argument should be.
  private enum Kind {
    case any, number, size, string, pattern, format, pack, table, function, coroutine, source
  }

  private mutating func argument(_ kind: Kind) -> String {
    if random.chance(percent: 15) { return expression() }
    switch kind {
    case .any: return expression()
    case .number: return number()
    case .size: return random.chance(percent: 80) ? String(random.below(300)) : number()
    case .string: return string()
    case .pattern: return pattern()
    case .format: return format()
    case .pack: return packFormat()
    case .table: return table()
    case .function: return function()
    case .coroutine: return "coroutine.create(\(function()))"
    case .source: return source()
    }
  }

  private static let library: [(String, [Kind])] = [
    ("assert", [.any, .any]), ("collectgarbage", []), ("collectgarbage", [.string]), ("error", [.any, .number]),
    ("getmetatable", [.any]), ("ipairs", [.table]), ("load", [.source]), ("load", [.source, .string, .string, .table]),
    ("next", [.table]), ("next", [.table, .any]), ("pairs", [.table]), ("pcall", [.function, .any]),
    ("print", [.any, .any]), ("rawequal", [.any, .any]), ("rawget", [.table, .any]), ("rawlen", [.any]),
    ("rawset", [.table, .any, .any]), ("select", [.number, .any, .any]), ("setmetatable", [.table, .table]),
    ("tonumber", [.any]), ("tonumber", [.string, .size]), ("tostring", [.any]), ("type", [.any]),
    ("xpcall", [.function, .function, .any]), ("coroutine.close", [.coroutine]), ("coroutine.create", [.function]),
    ("coroutine.isyieldable", []), ("coroutine.resume", [.coroutine, .any]), ("coroutine.running", []),
    ("coroutine.status", [.coroutine]), ("coroutine.wrap", [.function]), ("coroutine.yield", [.any, .any]),
    ("math.abs", [.number]), ("math.ceil", [.number]), ("math.exp", [.number]), ("math.floor", [.number]),
    ("math.fmod", [.number, .number]), ("math.log", [.number, .number]), ("math.max", [.number, .any]),
    ("math.modf", [.number]), ("math.random", [.number, .number]), ("math.randomseed", [.number]),
    ("math.sin", [.number]), ("math.sqrt", [.number]), ("math.tointeger", [.any]), ("math.type", [.any]),
    ("math.ult", [.number, .number]), ("math.atan", [.number, .number]), ("string.byte", [.string, .size, .size]),
    ("string.char", [.size, .size]), ("string.find", [.string, .pattern]),
    ("string.find", [.string, .pattern, .size, .any]), ("string.format", [.format, .any, .any]),
    ("string.format", [.format, .number, .string]), ("string.gmatch", [.string, .pattern]),
    ("string.gsub", [.string, .pattern, .string]), ("string.gsub", [.string, .pattern, .function]),
    ("string.gsub", [.string, .pattern, .table, .size]), ("string.len", [.string]), ("string.lower", [.string]),
    ("string.match", [.string, .pattern, .size]), ("string.pack", [.pack, .any, .any]), ("string.packsize", [.pack]),
    ("string.rep", [.string, .size]), ("string.rep", [.string, .size, .string]), ("string.reverse", [.string]),
    ("string.sub", [.string, .size, .size]), ("string.unpack", [.pack, .string, .size]), ("string.upper", [.string]),
    ("table.concat", [.table, .string]), ("table.concat", [.table, .string, .size, .size]),
    ("table.insert", [.table, .any]), ("table.insert", [.table, .size, .any]),
    ("table.move", [.table, .size, .size, .size]), ("table.move", [.table, .size, .size, .size, .table]),
    ("table.pack", [.any, .any]), ("table.remove", [.table]), ("table.remove", [.table, .size]),
    ("table.sort", [.table]), ("table.sort", [.table, .function]), ("table.unpack", [.table, .size, .size]),
    ("utf8.char", [.number]), ("utf8.codepoint", [.string, .size, .size]), ("utf8.codes", [.string]),
    ("utf8.len", [.string, .size, .size]), ("utf8.offset", [.string, .size, .size]),
  ]

  // MARK: Little languages

  mutating func pattern() -> String {
    let items = [
      "a", ".", "%a", "%d", "%s", "%w", "%p", "[abc]", "[^a-z]", "[%w_]", "(", ")", "()", "%1", "%b()", "%f[%w]", "^",
      "$", "%", "[", "\\0", "%%", "-", "x",
    ]
    let suffixes = ["", "", "*", "+", "-", "?"]
    let text = (0..<(1 + random.below(7))).map { _ in random.pick(items) + random.pick(suffixes) }.joined()
    return "'\(text)'"
  }

  private mutating func format() -> String {
    let conversions = Array("diuoxXcaAeEfgGsqp%z").map(String.init)
    let text = (0..<(1 + random.below(4))).map { _ in
      "x%" + random.pick(["", "", "-", "+", "#", "0", " ", "5", "-20", ".3", "99.99", "010.5", "100"])
        + random.pick(conversions)
    }
    return "'\(text.joined())'"
  }

  private mutating func packFormat() -> String {
    let items = [
      "b", "B", "h", "H", "i", "i3", "i16", "I7", "l", "j", "J", "T", "f", "d", "n", "s", "s1", "s8", "z", "x", "X",
      "Xi4", "<", ">", "=", "!", "!16", "c10", "c0", " ", "i17", "c99999999999",
    ]
    return "'\((0..<(1 + random.below(5))).map { _ in random.pick(items) }.joined())'"
  }

  /// A text for load: a statement, sometimes cut or damaged.
  private mutating func source() -> String {
    var text = "return \(expression())"
    switch random.below(5) {
    case 0: text = statement()
    case 1: text = String(text.prefix(random.below(text.count + 1)))
    case 2: text = "\u{1B}Lua" + text
    case 3: return random.pick(["function() return 'x = 1 ' end", "function() return 42 end", "coroutine.wrap(print)"])
    default: break
    }
    let level = String(repeating: "=", count: 1 + labels % 7 + random.below(5))
    return text.contains("]\(level)]") ? "'x = 1'" : "[\(level)[\(text)]\(level)]"
  }
}
