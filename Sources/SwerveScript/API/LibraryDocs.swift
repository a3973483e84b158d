import SwerveText

/// The comments (LuaCATS) of a file of the Lua library, parsed for the reference page.
struct LibraryDocs {
  /// A value with its type and meaning: a parameter, a result, or a field of a class.
  struct Entry: Equatable {
    var name: String
    var type: String
    var doc: String
    var isOptional = false
  }

  struct Function: Equatable {
    /// "linear" of `function anneal.linear(options)`; empty if the module itself is the function.
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

  // The comment above the next function.
  private var doc: [String] = []
  private var parameters: [Entry] = []
  private var results: [Entry] = []
  private var openClass: Class?

  init(_ source: String) {
    var isHead = true
    for line in source.pieces(at: "\n", omittingEmpty: false) {
      let comment = line.rest(after: "---")
      if isHead, comment == nil, let text = line.rest(after: "-- ") ?? line.rest(after: "--") {
        head.append(text)
        continue
      }
      isHead = false
      if let comment { read(comment: comment) } else { read(code: line) }
    }
    closeClass()
  }

  private mutating func read(comment: String) {
    guard comment.beginsExactly(with: "@") else { return doc.append(comment) }
    let words = comment.pieces(at: " ", most: 2)
    let rest = words.count > 1 ? words[1] : ""
    switch words[0] {
    case "@class":
      closeClass()
      openClass = Class(name: String(rest.unicodeScalars.prefix { $0 != " " && $0 != ":" }), doc: doc, fields: [])
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
    where code.beginsExactly(with: start) {
      let signature = code.rest(after: start.start(before: "(") ?? start) ?? ""
      let parts = signature.pieces(at: "(", most: 2, omittingEmpty: false)
      guard parts.count == 2, parts[1].containsExactly(")"), !doc.isEmpty else { break }
      let name = parts[0].pieces(at: ".").last ?? ""
      let arguments = parts[1].pieces(at: ")", omittingEmpty: false)[0]
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
    let parts = text.pieces(at: " ", most: 2)
    guard let first = parts.first else { return Entry(name: "", type: "", doc: "") }
    let (type, doc) = type(parts.count > 1 ? parts[1] : "")
    let optional = first.start(before: "?")
    return Entry(name: optional ?? first, type: type, doc: doc, isOptional: optional != nil)
  }

  /// Splits a text into a type and the rest. The type may contain spaces inside brackets and before a function's
  /// result.
  private static func type(_ text: String) -> (type: String, doc: String) {
    let scalars = text.unicodeScalars
    var depth = 0
    for end in scalars.indices {
      switch scalars[end] {
      case "(", "<", "[", "{": depth += 1
      case ")", ">", "]", "}": depth -= 1
      case " " where depth == 0 && scalars[..<end].last != ":":
        return (String(scalars[..<end]), String(scalars[end...].drop { $0 == " " }))
      default: break
      }
    }
    return (text, "")
  }
}
