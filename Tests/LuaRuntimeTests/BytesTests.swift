import LuaRuntime
import SwerveText
import Testing

/// Strings of Lua that are not UTF-8.
@Suite struct BytesTests {
  @Test func passesAllBytesUnchangedAndNotAsText() throws {
    let state = LuaState { _ in }
    var seen: [LuaValue] = []
    state.globals.set(
      "echo",
      .function(
        state.function("echo") { call in
          seen.append(call[0])
          return [call[0]]
        }))
    let script = """
      local all = {}
      for i = 0, 255 do all[#all + 1] = string.char(i) end
      local bytes = table.concat(all)
      return echo(bytes) == bytes, echo("\\xC3\\xA9") == "\\u{e9}", echo("") == "", echo("\\xED\\xA0\\x80"), #bytes
      """
    let results = try state.load(script, chunkName: "test").call()
    #expect(results.prefix(3).map(\.asBoolean) == [true, true, true])
    guard case .bytes(let all) = seen[0], case .string(let accent) = seen[1], case .bytes = seen[3] else {
      return #expect(Bool(false), "\(seen)")
    }
    #expect(all == Array(0...255) && accent.isExactly("\u{e9}"))
    #expect(seen[0].asString == nil && seen[0].typeName == "string")
    #expect(seen[3].asShownString == "\\xED\\xA0\\x80", "half of a surrogate pair is not UTF-8")
  }

  @Test func keepsKeysThatAreNotUTF8Distinct() throws {
    let state = LuaState { _ in }
    let table = try #require(
      state.load("return { ['\\xFE'] = 1, ['\\xFF'] = 2, ['\\u{fffd}'] = 3 }", chunkName: "test").call().first?.asTable)
    let pairs = table.sortedPairs()
    #expect(pairs.count == 3)
    #expect(pairs.compactMap { table.get($0.key).asInteger } == pairs.compactMap { $0.value.asInteger })
    #expect(table.get("\u{fffd}").asInteger == 3)
  }
}
