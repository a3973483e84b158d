import LuaRuntime
import Testing

private final class Counter {
  var alive = 0
}

private final class Vector: LuaObject {
  static let luaTypeName = "vector"
  let values: [Double]
  let counter: Counter?

  init(_ values: [Double], _ counter: Counter? = nil) {
    self.values = values
    self.counter = counter
    counter?.alive += 1
  }

  deinit { counter?.alive -= 1 }

  var luaByteCount: Int { values.count * 8 }
}

private final class Plain: LuaObject {
  static let luaTypeName = "plain"
}

/// Host objects: methods, operators, fields, release.
@Suite struct ObjectTests {
  private func register(_ state: LuaState, counter: Counter? = nil) {
    state.register(Vector.self) { type in
      type.method("sum") { vector, call in [.number(vector.values.reduce(0, +) + (call[0].asDouble ?? 0))] }
      type.operation(.add) { call in
        let sides: [Vector] = call.arguments.map { $0.asObject() ?? Vector([$0.asDouble ?? .nan]) }
        return [.object(Vector(zip(sides[0].values, sides[1].values).map(+)))]
      }
      type.operation(.negate) { call in
        let vector: Vector? = call[0].asObject()
        return [.object(Vector(vector?.values.map { -$0 } ?? []))]
      }
      type.operation(.lessThan) { call in [.boolean(first(call[0]) < first(call[1]))] }
      type.operation(.lessThanOrEqual) { call in [.boolean(first(call[0]) <= first(call[1]))] }
      type.operation(.length) { call in [.integer(Int64(call[0].asObject(Vector.self)?.values.count ?? 0))] }
      type.operation(.concatenate) { _ in [.string("joined")] }
      type.operation(.call) { call in [.string("called with \(call.arguments.count - 1)")] }
      type.operation(.tostring) { call in [.string("vector(\(first(call[0])))")] }
      type.index { vector, key, _ in
        guard let index = key.asInteger, vector.values.indices.contains(Int(index) - 1) else { return nil }
        return .number(vector.values[Int(index) - 1])
      }
    }
    let make = state.function("vector") { call in [.object(Vector(call.arguments.compactMap(\.asDouble), counter))] }
    state.globals.set("vector", .function(make))
  }

  private func first(_ value: LuaValue) -> Double { value.asObject(Vector.self)?.values.first ?? .nan }

  private func run(_ source: String, limits: LuaLimits = LuaLimits(), counter: Counter? = nil) throws -> ScriptOutcome {
    try LuaRuntimeTests.run(source, limits: limits) { register($0, counter: counter) }
  }

  @Test func callsSwiftForMethodsAndOperators() throws {
    let outcome = try run(
      """
      local a, b = vector(1, 2), vector(3, 4)
      print(a:sum(), a:sum(10), (a + b)[2], (a + 1)[1], (1 + a)[1], (-a)[1], #a, a < b, b <= a, a .. b, a(1, 2))
      print(tostring(a), type(a), string.format("%s", b))
      """)
    #expect(
      outcome.output
        == "3.0\t13.0\t6.0\t2.0\t2.0\t-1.0\t2\ttrue\tfalse\tjoined\tcalled with 2\nvector(1.0)\tuserdata\tvector(3.0)\n",
      "\(outcome.text)")
  }

  @Test(arguments: [
    ("vector(1):average()", "vector has no method or field 'average'"),
    ("local x = vector(1).size", "vector has no method or field 'size'"),
    ("local x = vector(1)[7]", "vector has no element at a key of type number"),
    ("vector(1).x = 2", "vector can't be changed: no assignment to 'x'"),
    ("vector(1).sum()", "vector:sum needs a vector in front of ':', got nil"),
    ("vector(1).sum({})", "vector:sum needs a vector in front of ':', got table"),
    ("local x = vector(1) * 2", "attempt to perform arithmetic on a vector value"),
    ("getmetatable(vector(1)).x = 1", "attempt to index a boolean value"),
    ("plain:anything()", "plain has no method or field 'anything'"),
  ])
  func namesTheTypeInAnError(source: String, message: String) throws {
    let outcome = try LuaRuntimeTests.run(source) { state in
      register(state)
      state.globals.set("plain", .object(Plain()))
    }
    #expect(outcome.text == "test.lua:1: \(message)")
  }

  @Test func comparesObjectsByIdentity() throws {
    let shared = Vector([1])
    let outcome = try LuaRuntimeTests.run("print(get() == get(), get() == vector(1), get() ~= nil)") { state in
      register(state)
      state.globals.set("get", .function(state.function("get") { _ in [.object(shared)] }))
    }
    #expect(outcome.output == "true\tfalse\ttrue\n")
  }

  @Test func releasesObjectsWhenTheyAreCollected() throws {
    let counter = Counter()
    try withLargeStack {
      let state = LuaState { _ in }
      register(state, counter: counter)
      _ = try state.load("kept = vector(1) for i = 1, 100 do vector(i) end", chunkName: "a.lua").call()
      state.collectGarbage()
      #expect(counter.alive == 1)
    }
    #expect(counter.alive == 0)
  }

  @Test func countsMemoryOutsideLuaForTheCollector() throws {
    // 10000 objects of 80000 bytes each: far more than the limit, if they were not collected in time.
    let counter = Counter()
    let limits = LuaLimits(memoryBytes: 16 << 20)
    let outcome = try LuaRuntimeTests.run("for i = 1, 10000 do big() end print(alive() < 200)", limits: limits) {
      state in
      let zeros = [Double](repeating: 0, count: 10_000)
      state.globals.set("big", .function(state.function("big") { _ in [.object(Vector(zeros, counter))] }))
      state.globals.set("alive", .function(state.function("alive") { _ in [.integer(Int64(counter.alive))] }))
    }
    #expect(outcome.output == "true\n", "\(outcome.text)")
    let held = try LuaRuntimeTests.run("local t = {} for i = 1, 10000 do t[i] = big() end", limits: limits) { state in
      let zeros = [Double](repeating: 0, count: 10_000)
      state.globals.set("big", .function(state.function("big") { _ in [.object(Vector(zeros, counter))] }))
    }
    #expect(held.error?.kind == .limit("memory"))
    #expect(counter.alive == 0)
  }

  @Test func ordersObjectKeysByTheirCreation() throws {
    let outcome = try run(
      """
      local t, keys, o = {}, {}, {}
      for i = 1, 50 do keys[i] = i % 2 == 0 and vector(i) or {} end
      for i = 50, 1, -1 do t[keys[i]] = i end
      for _, i in pairs(t) do o[#o + 1] = i end
      for i = 1, 50 do assert(o[i] == i) end
      print("in order")
      """)
    #expect(outcome.output == "in order\n", "\(outcome.text)")
  }

  @Test func releasesAnObjectCollectedAtTheLastLevelOfTheCStack() throws {
    let counter = Counter()
    let source = "local function f() local _ = vector(1) _ = nil collectgarbage() return pcall(f), 1 end f()"
    #expect(try run(source, counter: counter).error?.kind == .limit("nesting"))
    #expect(counter.alive == 0)
  }
}
