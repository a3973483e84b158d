import Foundation
import Testing

/// One file of Lua's own tests, version 5.4.4, as it runs in the sandbox.
struct LuaSuiteFile: Sendable, CustomTestStringConvertible {
  let name: String
  /// Lines that become empty: they need io, os, debug, require, string.dump, __gc, or one of the differences below.
  var blank: [ClosedRange<Int>] = []
  /// Lines that become another text.
  var replaced: [Int: String] = [:]

  var testDescription: String { name }

  /// Lines that the sandbox answers otherwise by intention. They are among the blank ones.
  ///
  /// - math: the numbers that `math.random` of liblua draws; here they are Philox.
  /// - pm, literals, strings: `%p` prints addresses.
  /// - sort: a comparison function that contradicts itself gives some order here, never an error.
  /// - strings: a string of 2 GB reaches the memory limit, which no script catches.
  static let differences: [String: [ClosedRange<Int>]] = [
    "math": [817...841], "pm": [394...394, 397...397, 407...407, 417...417], "literals": [211...232],
    "sort": [202...209], "strings": [111...112, 157...193, 508...513],
  ]

  /// Files that can't run at all, and why.
  static let leftOut: [(name: String, reason: String)] = [
    ("api, code", "need liblua's internal test functions, and skip themselves without"),
    ("bwcoercion", "writes into the metatable of strings, which is locked"),
    ("db", "is about debug"), ("files, main, attrib", "are about io, os and require"),
    ("gc, gengc", "are about finalizers and the collector's modes"),
    ("all, heavy, verybig", "run the others, or need gigabytes and files"),
  ]

  static let all: [LuaSuiteFile] = [
    LuaSuiteFile(name: "big"),
    LuaSuiteFile(
      name: "bitwise", blank: [6...6, 26...27, 59...86],
      replaced: [90: "local function mkbit32()", 198: "local bit32 = mkbit32()"]),
    LuaSuiteFile(
      name: "calls",
      blank: [6...6, 299...299, 315...336, 346...356, 374...377, 380...395, 412...418, 437...478]),
    LuaSuiteFile(name: "closure", blank: [231...270]),
    LuaSuiteFile(name: "constructs", blank: [6...6, 279...279]),
    LuaSuiteFile(name: "coroutine", blank: [6...6, 226...226, 234...234, 335...352, 356...357, 941...944]),
    LuaSuiteFile(name: "cstack"),
    LuaSuiteFile(
      name: "errors",
      blank: [
        6...6, 203...203, 211...218, 221...221, 224...224, 226...226, 229...229, 250...250, 253...266, 316...316,
        549...549,
      ]),
    LuaSuiteFile(name: "events", blank: [6...6, 196...196, 438...463]),
    LuaSuiteFile(name: "goto", blank: [157...157, 186...218]),
    LuaSuiteFile(name: "literals", blank: [6...6, 33...38, 40...47, 236...254, 296...320]),
    LuaSuiteFile(
      name: "locals",
      blank: [
        6...6, 73...80, 82...82, 165...165, 260...260, 407...407, 413...413, 422...422, 430...430, 461...462, 469...471,
        740...764,
      ]),
    LuaSuiteFile(name: "math"),
    LuaSuiteFile(name: "nextvar", blank: [272...284, 334...352]),
    LuaSuiteFile(name: "pm"),
    LuaSuiteFile(name: "sort"),
    LuaSuiteFile(name: "strings", blank: [168...169]),
    LuaSuiteFile(name: "tpack"),
    LuaSuiteFile(name: "utf8", blank: [6...6]),
    LuaSuiteFile(name: "vararg"),
  ]

  /// The text to run: ASCII, with every other byte of a literal as an escape, and the same line numbers.
  func source(in folder: String) throws -> String {
    let data = try Data(contentsOf: URL(fileURLWithPath: folder).appendingPathComponent(name + ".lua"))
    var lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
      line.map { $0 < 128 ? String(UnicodeScalar($0)) : "\\x" + String($0, radix: 16) }.joined()
    }
    for range in blank + (Self.differences[name] ?? []) {
      for line in range { lines[line - 1] = "" }
    }
    for (line, text) in replaced { lines[line - 1] = text }
    return lines.joined(separator: "\n")
  }
}
