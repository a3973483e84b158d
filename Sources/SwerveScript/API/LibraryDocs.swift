/// What the comments (LuaCATS) of a file of the Lua library say, for the reference page.
struct LibraryDocs {
  /// A value with its type and meaning: a parameter, a result, or a field of a class.
  struct Entry: Equatable {
    var name: String
    var type: String
    var doc: String
    var isOptional = false
  }

  struct Function: Equatable {
    /// "linear" of `function anneal.linear(options)`; empty where the module itself is the function.
    var name: String
    var arguments: String
    var doc: [String]
    var parameters: [Entry]
    var results: [Entry]
  }

  struct Class: Equatable {
    var name: String
    var doc: [String]
    var fields: [Entry]
  }

  /// Comment at the top of the file.
  private(set) var head: [String] = []
  private(set) var functions: [Function] = []
  private(set) var classes: [Class] = []

  // What stands above the next function.
  private var doc: [String] = []
  private var parameters: [Entry] = []
  private var results: [Entry] = []
  private var openClass: Class?

  init(_ source: String) {
    var isHead = true
    for line in source.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if isHead, line.hasPrefix("--"), !line.hasPrefix("---") {
        head.append(String(line.dropFirst(line.hasPrefix("-- ") ? 3 : 2)))
        continue
      }
      isHead = false
      if line.hasPrefix("---") { read(comment: String(line.dropFirst(3))) } else { read(code: line) }
    }
    closeClass()
  }

  private mutating func read(comment: String) {
    guard comment.hasPrefix("@") else { return doc.append(comment) }
    let words = comment.split(separator: " ", maxSplits: 1).map(String.init)
    let rest = words.count > 1 ? words[1] : ""
    switch words[0] {
    case "@class":
      closeClass()
      openClass = Class(name: String(rest.prefix { $0 != " " && $0 != ":" }), doc: doc, fields: [])
      doc = []
    case "@field": openClass?.fields.append(Self.named(rest))
    case "@param": parameters.append(Self.named(rest))
    case "@return":
      let (type, text) = Self.type(rest)
      results.append(Entry(name: "", type: type, doc: text))
    default: break
    }
  }

  private mutating func read(code: String) {
    closeClass()
    for start in ["function ", "return function(", "local function make(", "local function loss("]
    where code.hasPrefix(start) {
      let signature = code.dropFirst(start.hasSuffix("(") ? start.count - 1 : start.count)
      guard let open = signature.firstIndex(of: "("), let close = signature.firstIndex(of: ")"), !doc.isEmpty else {
        break
      }
      let name = signature[..<open].split(separator: ".").last.map(String.init) ?? ""
      let arguments = String(signature[signature.index(after: open)..<close])
      functions.append(Function(name: name, arguments: arguments, doc: doc, parameters: parameters, results: results))
    }
    (doc, parameters, results) = ([], [], [])
  }

  /// A class without fields only gives the module a name.
  private mutating func closeClass() {
    if let found = openClass, !found.fields.isEmpty { classes.append(found) }
    openClass = nil
  }

  /// "name? type meaning"
  private static func named(_ text: String) -> Entry {
    let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
    guard let first = parts.first else { return Entry(name: "", type: "", doc: "") }
    let (type, doc) = type(parts.count > 1 ? parts[1] : "")
    let isOptional = first.hasSuffix("?")
    return Entry(name: isOptional ? String(first.dropLast()) : first, type: type, doc: doc, isOptional: isOptional)
  }

  /// The type, which may hold spaces inside brackets and before a function's result, and what follows it.
  private static func type(_ text: String) -> (type: String, doc: String) {
    var depth = 0
    var end = text.startIndex
    while end < text.endIndex {
      switch text[end] {
      case "(", "<", "[", "{": depth += 1
      case ")", ">", "]", "}": depth -= 1
      case " " where depth == 0 && !text[..<end].hasSuffix(":"):
        return (String(text[..<end]), trimmed(text[end...]))
      default: break
      }
      end = text.index(after: end)
    }
    return (text, "")
  }

  private static func trimmed(_ text: some StringProtocol) -> String { String(text.drop { $0 == " " }) }
}
