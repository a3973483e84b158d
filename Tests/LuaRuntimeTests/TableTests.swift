import LuaRuntime
import Testing

/// Tables, functions and modules from Swift.
@Suite struct TableTests {
  private func withState(_ body: (LuaState) throws -> Void) throws {
    try withLargeStack { try body(LuaState { _ in }) }
  }

  @Test func readsAndWritesTables() throws {
    try withState { state in
      let table = state.makeTable([.integer(5), .string("six"), .boolean(true)])
      table.set("name", .number(0.5))
      table.set(2, .nil)
      #expect(table.get("name").asDouble == 0.5)
      #expect(table.get(1).asInteger == 5)
      #expect(table.get(2).isNil)
      #expect(table.get("absent").isNil)
      #expect(!table.isSequence)
      table.set("name", .nil)
      table.set(2, .integer(7))
      #expect(table.isSequence)
      #expect(table.count == 3)
      #expect(table.elements().map(\.typeName) == ["number", "number", "boolean"])
    }
  }

  @Test func rejectsAKeyThatIsNilOrNaN() throws {
    try withState { state in
      let table = state.makeTable()
      #expect(throws: LuaError.self) { try table.set(.nil, .integer(1)) }
      #expect(throws: LuaError.self) { try table.set(.number(.nan), .integer(1)) }
    }
  }

  @Test func listsEntriesInTheOrderOfPairs() throws {
    try withState { state in
      let table = state.makeTable([.string("x"), .string("y")])
      for key in ["zebra", "apple", "Mango"] { table.set(key, .integer(1)) }
      try table.set(.boolean(true), .integer(1))
      let keys = table.sortedPairs().map { "\($0.key.asString ?? $0.key.typeName)" }
      #expect(keys == ["boolean", "number", "number", "Mango", "apple", "zebra"])
    }
  }

  @Test func readsALargeTableInSlices() throws {
    try withState { state in
      let table = state.makeTable(numbers: (1...20_000).map(Double.init))
      table.set("last", .integer(0))
      let entries = table.sortedPairs()
      #expect(entries.count == 20_001)
      #expect(entries[9_999].key.asInteger == 10_000)
      #expect(entries[20_000].key.asString == "last")
    }
  }

  @Test func passesManyNumbersAtOnce() throws {
    try withState { state in
      let table = state.makeTable(numbers: [1, 2.5, -3])
      let numbers = try table.doubles()
      #expect(numbers == [1, 2.5, -3])
      table.set(2, .string("two"))
      let error = #expect(throws: LuaError.self) { try table.doubles() }
      #expect(error?.message == "element 2 must be a number, got string")
      let none = try state.makeTable(numbers: []).doubles()
      #expect(none.isEmpty)
    }
  }

  @Test func keepsTheIdentityOfATable() throws {
    try withState { state in
      let table = state.makeTable()
      state.globals.set("t", .table(table))
      let again = try #require(state.globals.get("t").asTable)
      #expect(again.isSame(as: table))
      #expect(!again.isSame(as: state.makeTable()))
    }
  }

  @Test func reportsWhereAFunctionIsDefined() throws {
    try withState { state in
      let chunk = try state.load("local a, b = 1, 2\nreturn function() return a + b + c end, print", chunkName: "f.lua")
      let results = try chunk.call()
      let function = try #require(results[0].asFunction)
      #expect(function.definedAt == (chunk: "f.lua", line: 2))
      #expect(chunk.definedAt == (chunk: "f.lua", line: 0))
      #expect(results[1].asFunction?.definedAt.line == -1)
      #expect(function.upvalueNames == ["a", "b", "_ENV"])
    }
  }

  @Test func loadsEachModuleOnceAndKeepsIt() throws {
    var asked: [String] = []
    let outcome = try run(
      """
      local m, n = require "host", require "lib.one"
      print(m.x, n.name, n == require "lib.one", rawget(_G, "require"))
      print(pcall(require, "lib.none"))
      print(select(2, pcall(require, "lib.bad")))
      print(select(2, pcall(require, "lib.loop")))
      print(select(2, pcall(require)))
      """
    ) { state in
      let host = state.makeTable()
      host.set("x", .integer(9))
      state.addModule("host", host)
      state.moduleLoader = { name in
        asked.append(name)
        switch name {
        case "lib.one": return ("local name = ...\nreturn {name = name}", "lib/one.lua")
        case "lib.bad": return ("\nlocal x = nil + 1", "lib/bad.lua")
        case "lib.loop": return ("require 'lib.loop'", "lib/loop.lua")
        default: return nil
        }
      }
    }
    #expect(
      outcome.output == """
        9	lib.one	true	nil
        false	test.lua:3: module 'lib.none' not found
        lib/bad.lua:2: attempt to perform arithmetic on a nil value
        lib/loop.lua:1: modules require each other in a circle: lib.loop -> lib.loop
        test.lua:6: require needs the name of a module, got nil

        """, "\(outcome.text)")
    #expect(asked == ["lib.one", "lib.none", "lib.bad", "lib.loop"])
  }

  @Test func offersNoRequireWithoutModules() throws {
    #expect(try run("require 'x'").text == "test.lua:1: attempt to call a nil value (global 'require')")
  }
}
