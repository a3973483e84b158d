import LuaRuntime
import Testing

/// pairs and next: one order, and the rules of Lua for changes during a loop.
@Suite struct OrderTests {
  @Test func comparesIntegersAndFloatsExactly() throws {
    try expect(
      """
      local t, o = {[1 << 53] = "c", [(1 << 53) + 1] = "d", [2^53 + 2] = "e", [0.5 - 2^51] = "b", [-(1 << 51)] = "a"}, ""
      for _, v in pairs(t) do o = o .. v end
      print(o)
      """, prints: "abcde\n")
  }

  @Test func ordersKeysTheSameByNextAndPairs() throws {
    try expect(
      """
      local t = {x = 1, y = 2, 10, 20, [true] = 3, [{}] = 4}
      local k
      for kk, vv in pairs(t) do
        k = next(t, k)
        assert(rawequal(k, kk) and t[k] == vv)
      end
      print(next(t, k), pcall(next, t, "absent"))
      """, prints: "nil\tfalse\tinvalid key to 'next'\n")
  }

  @Test func goesOnAfterTheCurrentKeyIsCleared() throws {
    try expect(
      """
      local t, n = {}, 0
      for i = 1, 100 do t["k" .. i] = i end
      local k = next(t)
      while k do t[k] = nil n = n + 1 k = next(t, k) end
      print(n, next(t))
      """, prints: "100\tnil\n")
  }

  @Test func keepsThePositionsOfManyTraversalsAtOnce() throws {
    try expect(
      """
      local function walk(depth, t)
        local sum = 0
        for k, v in next, t do sum = sum + (depth > 0 and walk(depth - 1, {a = v, b = v, c = v}) or v) end
        return sum
      end
      print(walk(10, {x = 1}))
      """, prints: "59049\n")
  }

  @Test func skipsClearedKeysAndSeesChangedValues() throws {
    try expect(
      """
      local t, seen = {1, 2, 3, 4, 5, a = 1, b = 2, c = 3}, {}
      for k, v in pairs(t) do
        seen[#seen + 1] = tostring(k) .. "=" .. v
        t[2], t[4], t.b = nil, 40, nil
      end
      print(table.concat(seen, " "))
      local s = {1, 2, 3}
      for k in pairs(s) do s[3] = nil end
      print(#s)
      """, prints: "1=1 3=3 4=40 5=5 a=1 c=3\n2\n")
  }

  @Test func letsAPairsMetamethodYield() throws {
    try expect(
      """
      local t = setmetatable({}, {__pairs = function(t) coroutine.yield("in") return next, {a = 1}, nil end})
      local co = coroutine.wrap(function() for k in pairs(t) do return k end end)
      print(co(), co())
      """, prints: "in\ta\n")
  }
}
