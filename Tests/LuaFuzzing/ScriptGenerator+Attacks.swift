extension ScriptGenerator {
  /// One attack on the host, with random parts.
  mutating func attack() -> String {
    switch random.below(4) {
    case 0: timeAttack()
    case 1: memoryAttack()
    case 2: threadAttack()
    default: stateAttack()
    }
  }

  /// Endless loops, and library functions that work long without an instruction.
  private mutating func timeAttack() -> String {
    let f = random.chance(percent: 50) ? "function(...) while true do end end" : function()
    return random.pick([
      "while true do \(body(isLoop: true)) end", "while true do pcall(\(f)) end",
      "local function h() return xpcall(\(f), h) end h()", "xpcall(\(f), \(handler()))", "string.rep('', \(number()))",
      "table.move({}, 1, \(number()), \(number()))",
      "string.find(string.rep('a', \(random.below(30_000))), '.-.-.-.-b')",
      "string.gsub(string.rep('a', \(random.below(9000))), \(pattern()), \(function()))",
      "table.insert(setmetatable({}, {__len = function(...) return \(number()) end}), 1, 'x')",
      "table.concat(setmetatable({}, {__len = function(...) return \(number()) end, __index = \(function())}))",
      "table.sort(setmetatable({}, {__len = function(...) return \(number()) end, __index = \(function())}), \(function()))",
      "table.unpack({}, \(number()), \(number()))", "for i = \(number()), \(number()) do end",
      "load(function(...) return \(string()) end)",
      "local t = {} for i = 1, \(random.below(9000)) do t[i * 65535] = i end",
      "for _ in pairs(setmetatable({}, {__pairs = function(...) return \(f) end})) do end",
      "string.pack('z', \(string()))",
      "local t = setmetatable({}, {}) getmetatable(t).__index = t return t.x",
      "local t = {} for i = 1, \(random.below(3000)) do t = setmetatable({}, {__index = t}) end return t.x",
    ])
  }

  /// Growth of every kind of object.
  private mutating func memoryAttack() -> String {
    random.pick([
      "local s = 'x' while true do s = s .. s end", "string.rep(\(string()), \(number()))",
      "local t = {} while true do t[#t + 1] = \(expression()) end",
      "local t = {} for i = 1, 1e9 do t['k' .. i] = {} end",
      "local t = {} for i = 1, 1e9 do t[i] = \(function()) end", "local s = {} for i = 1, 1e9 do s = {s} end",
      "local t = {} for i = 1, 1e9 do t[i] = coroutine.create(\(function())) end",
      "local t = {} for i = 1, 1e9 do t[i] = host.object(\(random.below(100_000))) end",
      "string.gsub(string.rep('x', 5000), '.', function(c) return string.rep(c, \(random.below(100_000))) end)",
      "table.concat({\(string()), \(string())}, string.rep('z', \(random.below(10_000_000))))",
      "local f = string.format for i = 1, 1e9 do a = f('%s%s', a, a) end", "local t = {} t[\(number())] = 1 return #t",
      "local t = setmetatable({}, {__mode = 'kv', __newindex = \(function())}) for i = 1, 1e6 do t[{}] = {} end",
      "local t = {} for i = 1, 200 do t[{}] = i t[i] = nil t['s' .. i] = i end print(#t, next(t))",
      "error(string.rep('m', \(random.below(200_000))))", "print(string.rep('o', \(random.below(200_000))))",
      "local function f(...) return select('#', ...) + f(1, ...) end f()",
      "local u = {table.unpack(c, 1, \(number()))}",
      "assert(load('return ' .. string.rep('(', \(random.below(400))) .. '1'))",
      "load('local x = ' .. string.rep('a.', \(random.below(4000))) .. 'b')()",
      "load(string.rep('local x = {} ', \(random.below(300))))()",
    ])
  }

  /// Coroutines, closing, and errors that cross them.
  private mutating func threadAttack() -> String {
    random.pick([
      "while true do coroutine.wrap(function(...) \(body()) end)() end",
      "local co co = coroutine.wrap(function(...) co() end) co()",
      "coroutine.wrap(function(...) return pcall(\(function())) end)()",
      "local co = coroutine.create(function(...) local x <close> = \(closable()) coroutine.yield() \(body()) end) coroutine.resume(co) coroutine.close(co)",
      "local function r(n) local co = coroutine.create(r) return coroutine.resume(co, n + 1) end r(1)",
      """
      local co for i = 1, \(random.below(400)) do local p = co co = coroutine.create(function(...) local x <close> = \
      setmetatable({}, {__close = function(...) if p then coroutine.close(p) end end}) coroutine.yield() end) \
      coroutine.resume(co) end coroutine.close(co)
      """,
      "for v in coroutine.wrap(function(...) for i = 1, 100 do coroutine.yield(i) \(body()) end end) do a = v end",
      "table.sort({3, 1, 2, 5, 4}, function(x, y, ...) coroutine.yield(x) return x < y end)",
      "string.gsub('abc', '.', coroutine.wrap(\(function())))", "coroutine.close(coroutine.running())",
      "local co = coroutine.wrap(\(function())) pcall(co) pcall(co) pcall(co)",
      "host.call(coroutine.wrap(function(...) host.call(\(function())) coroutine.yield(1) end))",
      "local t = setmetatable({}, {__index = coroutine.yield, __eq = coroutine.yield}) coroutine.wrap(function(...) return t.x, t == {} end)()",
      "local co = coroutine.create(\(function())) while coroutine.resume(co, \(leaf())) do end print(coroutine.status(co))",
      "coroutine.wrap(function(...) local a <close> = \(closable()) local b <close> = \(closable()) error(\(leaf())) end)()",
    ])
  }

  /// Changes of what everything else stands on.
  private mutating func stateAttack() -> String {
    random.pick([
      "for k in pairs(_G) do _G[k] = nil end",
      "setmetatable(_G, {__index = \(function()), __newindex = \(function())})",
      "string.\(random.pick(["rep", "format", "gsub"])) = \(function())", "getmetatable('').__index = \(leaf())",
      "local t = {1, 2, 3, x = 1} for k in pairs(t) do t[k] = nil t[\(leaf())] = 1 \(body(isLoop: true)) end",
      "local t = {5, 4, 3, 2, 1} table.sort(t, function(x, y, ...) t[\(number())] = nil return \(expression()) end)",
      "local t = c for k, v in next, t do t[k] = nil \(body(isLoop: true)) end", "_ENV = \(table())",
      "local function f(n) return 1 + f(n + 1) end f(1)", "local function f() return host.call(f) end f()",
      "local function f() return string.gsub('x', 'x', f) end f()", "local function f() return pcall(f) end f()",
      "local t = setmetatable({}, {__index = function(t, k) return t[k .. 'x'] end}) return t.a",
      "local t = setmetatable({}, {__tostring = \(function())}) error(t)", "error(\(table()))",
      "local m = {} setmetatable(m, m) m.__index = m m.__eq = m m.__lt = m m.__concat = m return m .. m < m",
      "collectgarbage() \(body()) collectgarbage('\(random.pick(["step", "count", "stop", "collect", "incremental"]))')",
      "local w = setmetatable({}, {__mode = '\(random.pick(["k", "v", "kv"]))'}) for i = 1, 999 do w[{}] = {} w[i] = {} end print(next(w))",
      "host.keep(\(function())) host.keep(\(table())) host.keep(coroutine.create(\(function())))",
      "math.randomseed(\(number())) print(math.random(0), math.random(\(number()), \(number())))",
    ])
  }
}
