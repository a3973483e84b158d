import Foundation
import SwerveTestSupport
import Testing

/// The rows of docs/lua-hazards.md that show only between processes: hashes, addresses, time, environment, processor.
@Suite struct LuaHazardTests {
  private static let library = """
    local t, o = {}, {}
    for _, k in ipairs {"zeta", "alpha", 1, 2.5, true, print, next, {}, coroutine.create(print), function() end} do
      t[k] = #o
      t["k" .. tostring(k)] = k
    end
    for k, v in pairs(t) do o[#o + 1] = tostring(k) .. "=" .. tostring(v) end
    print(table.concat(o, " "), os, io)
    print(math.random(), math.random(1000), tostring({}), string.format("%s", print))
    local w = setmetatable({}, {__mode = "k"})
    for i = 1, 20000 do w[{}] = i end
    local n = 0
    for _ in pairs(w) do n = n + 1 end
    local h = {}
    for i = 1, 200 do h[{}] = i h[i] = i h[i // 2] = nil end
    print(n, #h, 1.5, tonumber("1,5"), ("\\xe4"):find("%a"), 0/0, collectgarbage("count"))
    local s = {}
    for i = 1, 500 do s[i] = {i % 7, i} end
    table.sort(s, function(a, b) return a[1] < b[1] end)
    print(s[1][2], s[250][2], s[500][2])
    """

  @Test func hazard1_givesTheSameOutputInEveryProcess() throws {
    let folder = try TemporaryFolder()
    try Self.library.write(to: folder.file("all.lua"), atomically: false, encoding: .utf8)
    var outputs: [String] = []
    for turn in 0..<4 {
      // Two of the processes start in different seconds: liblua's seeds are made of the time.
      if turn == 2 { Thread.sleep(forTimeInterval: 1.1) }
      let outcome = try Program.run(["lua", "all.lua"], in: folder.url, environment: ["PADDING": "\(turn)"])
      #expect(outcome.status == 0, "\(outcome.errors)")
      outputs.append(outcome.output)
    }
    #expect(Set(outputs).count == 1)
    #expect(outputs[0].hasPrefix("true="))
    #expect(outputs[0].contains("\tnil\tnil\n"))
  }

  @Test func hazard1_14_ignoresTheLocaleOfTheEnvironment() throws {
    let code = "print(1.5, tonumber('1,5'), ('\\xe4'):upper() == '\\xe4', ('i'):upper(), 'B' < 'a')"
    for locale in ["C", "de_DE.UTF-8", "tr_TR.ISO-8859-9"] {
      let outcome = try Program.run(["lua", "-e", code], environment: ["LC_ALL": locale, "LANG": locale])
      #expect(outcome.output == "1.5\tnil\ttrue\tI\ttrue\n")
    }
  }

  @Test func hazard1_16_computesTheSameBitsWithoutFusedMultiplyAdds() throws {
    let code = """
      local bits, functions = 0, {}
      for _, name in ipairs {"sin", "cos", "tan", "asin", "acos", "atan", "exp", "log", "sqrt"} do
        functions[#functions + 1] = math[name]
      end
      local function mix(x) bits = (bits * 31 + string.unpack("<i8", string.pack("<d", x))) & 0xFFFFFFFFFFFF end
      for i = 1, 4000 do
        local x = math.random() * 20 - 10
        for _, f in ipairs(functions) do mix(f(x)) mix(f(x / 10)) end
        mix(math.abs(x) ^ 1.7) mix(2 ^ x) mix(x % 0.3) mix(math.fmod(x, 0.7)) mix(math.log(math.abs(x), 10)) mix(math.atan(x, 3))
      end
      print(bits)
      """
    let features = "-AVX2_Usable,-AVX2,-FMA_Usable,-FMA,-FMA4"
    let tunables = ["", "glibc.cpu.hwcaps=\(features)"]
    let outcomes = try tunables.map { try Program.run(["lua", "-e", code], environment: ["GLIBC_TUNABLES": $0]) }
    #expect(outcomes[0].status == 0, "\(outcomes[0].errors)")
    #expect(outcomes[0].output.count > 5)
    #expect(outcomes[0].output == outcomes[1].output)
  }

  @Test func hazard2_12_ignoresFoldersOfModulesInTheEnvironment() throws {
    let folder = try TemporaryFolder()
    try "return 'FAIL'".write(to: folder.file("outside.lua"), atomically: false, encoding: .utf8)
    let path = folder.url.path + "/?.lua"
    let outcome = try Program.run(
      ["lua", "-e", "print(pcall(require, 'outside'))"], environment: ["LUA_PATH": path, "LUA_INIT": "print('FAIL')"])
    #expect(!outcome.all.contains("FAIL"))
    #expect(outcome.output.contains("module \"outside\" not found"))
  }

  @Test func hazard6_1_checksLuaInDoctor() throws {
    let outcome = try Program.run(["doctor"])
    #expect(outcome.status == 0)
    #expect(outcome.output.lowercased().contains("lua"))
  }
}
