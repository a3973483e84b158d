import SwerveRL
import SwerveTensor
import SwerveText

extension ScriptAPI {
  /// docs/api.md: every function, option, object and column, made from the declarations that register them. The
  /// library's functions are taken from the comments in lua/swerve.
  /// - Parameter library: the files of lua/swerve, in the order in which they are to appear. `path` is below lua/, as in
  ///   "swerve/anneal.lua".
  package static func reference(library: [ScriptFile]) -> String {
    let modules = library.map { (module: moduleName($0.path), docs: LibraryDocs($0.text)) }
      .filter { !$0.docs.functions.isEmpty }
    var page = MarkdownPage()
    page.text += """
      # The Lua API

      Made from the declarations in `Sources/SwerveScript/API`, which also register the functions and check their arguments,
      and from the comments in `lua/swerve`. Do not edit: `\(stubsCommand)` writes it anew.

      A script returns a stage, or a list of stages; loading it does no work. Options that may change over time
      take a number or a function of the step. In the tables, (0, 1] leaves 0 out and holds 1.


      """
    page.contents(
      ["Functions", "Tables of options", AdvantageDocs.heading, "What hooks get", "Types"] + modules.map(\.module))
    page.heading(2, "Functions")
    for function in functions { page.function(function) }
    page.heading(2, "Tables of options")
    for options in optionTables { page.options(options) }
    page.heading(2, AdvantageDocs.heading)
    page.text += AdvantageDocs.text
    page.heading(2, "What hooks get")
    for object in objects { page.object(object) }
    page.tensor()
    page.heading(2, "Types")
    for alias in aliases { page.text += "- `\(alias.name)` is `\(alias.type)`\n  \(alias.doc)\n" }
    page.text += "- `swerve.WeightColumns`: a table with any of these, each a number or a tensor.\n\n"
    page.table(["Column", "Meaning"], RuleWeight.allCases.map { ["`\($0.rawValue)`", $0.doc] })
    for (module, docs) in modules { page.module(module, docs) }
    return page.text
  }

  /// The command that writes the generated files.
  package static let stubsCommand = "SWERVE_WRITE_STUBS=1 swift test --filter StubTests"

  private static func moduleName(_ path: String) -> String {
    let name = path.start(before: "/init.lua") ?? path.start(before: ".lua") ?? path
    return name.replacingExactly("/", with: ".")
  }
}

// Declarations.
extension MarkdownPage {
  fileprivate mutating func function(_ function: APIFunction) {
    let arguments = function.parameters.map(\.name).joined(separator: ", ")
    heading(3, "\(function.name)(\(arguments))")
    text += function.doc + "\n\n"
    var rows: [[String]] = []
    for parameter in function.parameters {
      if case .options(let options) = parameter.type {
        text += "`\(parameter.name)`: a table, see `\(options.name)` below.\n\n"
      } else {
        rows.append(row(parameter))
      }
    }
    table(["Argument", "Type", "Range", "Default", "Meaning"], rows)
    for result in function.results { text += sentence("Returns `\(result.type)`", result.doc) + "\n\n" }
    if let example = function.example { code(example) }
  }

  fileprivate mutating func options(_ options: APIOptions) {
    heading(3, options.name)
    text += options.doc + "\n\n"
    table(["Option", "Type", "Range", "Default", "Meaning"], options.fields.map(row))
  }

  private func row(_ field: APIField) -> [String] {
    [
      "`\(field.name)`", "`\(field.type.luaCATS)`", field.type.rangeText ?? "",
      field.isRequired ? "required" : field.defaultText ?? "none", field.doc,
    ]
  }

  fileprivate mutating func object(_ object: APIObject) {
    heading(3, ScriptAPI.className(object.name))
    text += object.doc + "\n\n"
    table(["Field", "Type", "Meaning"], object.fields.map { ["`\($0.name)`", "`\($0.type)`", $0.doc] })
    for method in object.methods {
      let arguments = method.parameters.map(\.name).joined(separator: ", ")
      text += "**`\(method.name)(\(arguments))`** \(method.doc)"
      for result in method.results { text += " " + sentence("Returns `\(result.type)`", result.doc) }
      text += "\n\n"
      table(["Argument", "Type", "Range", "Default", "Meaning"], method.parameters.map(row))
      if let example = method.example { code(example) }
    }
  }

  fileprivate mutating func tensor() {
    heading(3, "swerve.Tensor")
    text += """
      Numbers of one shape: a scalar, one for each token, or V for each token. Never changed in place. The operators
      `+ - * / ^` take tensors and numbers; comparisons are methods, as `a:lt(b)`. Methods, with `x` the tensor itself:


      """
    table(
      ["Method", "Returns", "Meaning"],
      TensorOperation.all.map { operation in
        let names = operation.parameters.dropFirst().map { $0.isOptional ? "[\($0.name)]" : $0.name }
        return [
          "`x:\(operation.name)(\(names.joined(separator: ", ")))`", "`\(operation.luaResult)`", operation.luaDoc,
        ]
      })
  }

}

// The library.
extension MarkdownPage {
  fileprivate mutating func module(_ name: String, _ docs: LibraryDocs) {
    heading(2, name)
    if !docs.head.isEmpty { text += paragraphs(docs.head) }
    // A table of options is shown with the first function that takes it.
    var shown: [String] = []
    for function in docs.functions {
      let call =
        function.name.isEmpty ? name : (name.pieces(at: ".").last ?? name) + "." + function.name
      heading(3, "\(call)(\(function.arguments))")
      text += paragraphs(function.doc)
      var rows: [[String]] = []
      for parameter in function.parameters {
        if let options = docs.classes.first(where: { $0.name === parameter.type }) {
          shown.append(options.name)
          table(["Option", "Type", "", "Meaning"], options.fields.map(row))
        } else {
          rows.append(row(parameter))
        }
      }
      table(["Argument", "Type", "", "Meaning"], rows)
      for result in function.results { text += sentence("Returns `\(result.type)`", result.doc) + "\n\n" }
    }
    for options in docs.classes where !shown.containsExactly(options.name) {
      heading(3, options.name)
      text += paragraphs(options.doc)
      table(["Field", "Type", "", "Meaning"], options.fields.map(row))
    }
  }

  private func row(_ entry: LibraryDocs.Entry) -> [String] {
    let needed = entry.isOptional ? "optional" : "required"
    return ["`\(entry.name)`", "`\(entry.type)`", needed, entry.doc]
  }

  /// The lines as they are, except that lines which are indented in the source, such as commands, become code.
  private func paragraphs(_ lines: [String]) -> String {
    lines.isEmpty ? "" : lines.joined(separator: "\n") + "\n\n"
  }

  private func sentence(_ start: String, _ doc: String) -> String { doc.isEmpty ? start + "." : "\(start): \(doc)." }
}
