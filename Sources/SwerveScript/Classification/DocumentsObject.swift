import LuaRuntime
import SwerveRL
import SwerveTensor
import SwerveText

/// A batch of documents, as a loss of swerve.classify sees it.
final class DocumentsObject: LuaObject {
  static let luaTypeName = "documents"
  let columns: DocumentColumns
  let hierarchy: HierarchyObject

  init(_ columns: DocumentColumns, _ hierarchy: HierarchyObject) {
    (self.columns, self.hierarchy) = (columns, hierarchy)
  }

  static let declaration = APIObject(
    name: luaTypeName,
    doc:
      "The documents of a step. Columns are tensors with a number for each document and label: a label is an entry of what "
      + "tensors call the vocabulary, a document a row of one token.",
    fields: [
      ("count", "integer", "documents"),
      ("labels", "integer", "labels of the hierarchy"),
      ("tree", "swerve.Hierarchy", "the hierarchy"),
    ] + DocumentColumn.allCases.map { ($0.rawValue, "swerve.Tensor", $0.doc) },
    methods: [])

  static func value(_ object: DocumentsObject, _ key: LuaValue, _ call: inout LuaCall) throws -> LuaValue? {
    let name = key.asString.map(label) ?? shown(key)
    switch ExactString(name) {
    case ExactString("count"): return .integer(Int64(object.columns.layout.rows))
    case ExactString("labels"): return .integer(Int64(object.columns.tree.count))
    case ExactString("tree"): return .object(object.hierarchy)
    default: break
    }
    guard let column = DocumentColumn.allCases.first(where: { $0.rawValue === name }) else {
      let known = declaration.fields.map(\.name)
      throw ScriptError(
        "there is no column '\(name)' of documents" + didYouMean(name, among: known),
        hint: "columns: " + known.joined(separator: ", "))
    }
    return .object(try object.columns.column(column))
  }
}
