import LuaRuntime
import Testing

/// Each test is named by the attack.
@Suite struct SandboxTests {
  @Test func rejectsOnlyUnknownNamesWithStrictGlobals() throws {
    let unknown = try run("local t = {}\nt.x = speling", options: .strictGlobals)
    #expect(unknown.text == "test.lua:2: unknown global 'speling'")
    let known = try run("x = 1 print(x, rawget(_G, 'y'), getmetatable(_G))", options: .strictGlobals)
    #expect(known.output == "1\tnil\tfalse\n")
  }
}
