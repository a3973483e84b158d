import LuaRuntime
import SwerveRL
import SwerveTensor
import SwerveText

/// A tree of labels, as swerve.hierarchy reads it.
final class HierarchyObject: LuaDescribed {
  static let luaTypeName = "hierarchy"
  let tree: LabelTree
  /// The file as it is; checkpoints hold it.
  let text: String

  init(tree: LabelTree, text: String) {
    self.tree = tree
    self.text = text
  }

  var luaByteCount: Int { text.utf8.count }
  /// The labels and their order are all that decides what its methods do.
  var luaDescription: [UInt8] { Array(text.utf8) }

  // MARK: Methods

  static func count(_ call: inout LuaCall) throws -> [LuaValue] {
    [.integer(Int64(call[0].asObject(HierarchyObject.self)?.tree.count ?? 0))]
  }

  static func siblingLogSoftmax(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    try operate(arguments) { try $0.siblingLogSoftmax($1) }
  }

  static func leafLogSoftmax(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    try operate(arguments) { try $0.leafLogSoftmax($1) }
  }

  static func pathSum(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    try operate(arguments) { try $0.pathSum($1) }
  }

  static func subtreeSum(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    try operate(arguments) { try $0.subtreeSum($1) }
  }

  private static func operate(
    _ arguments: CheckedArguments, _ operation: (Tensor, TreeShape) throws -> Tensor
  ) throws -> [LuaValue] {
    guard let tensor = arguments[1].asObject(Tensor.self) else { preconditionFailure("declared as a tensor") }
    arguments.state.addWork(tensor.values.count / 4)
    let result = try operation(tensor, receiver(arguments).tree.shape)
    if result.requiresGradient {
      arguments.state.hold(bytes: 2 * result.values.count * MemoryLayout<Float>.stride)
    }
    return [.object(result)]
  }

  static func name(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    [.string(receiver(arguments).tree.names[try label(arguments)])]
  }

  static func index(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    let tree = receiver(arguments).tree
    let name = arguments[1].asString
    guard let index = tree.index(of: name) else {
      throw ScriptError(
        "the hierarchy has no label \(quoted(name))" + didYouMean(name, among: tree.names),
        hint: "labels are the names of the file; the root is none")
    }
    return [.integer(Int64(index + 1))]
  }

  static func parent(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    let parent = receiver(arguments).tree.parent[try label(arguments)]
    return [parent.map { .integer(Int64($0 + 1)) } ?? .nil]
  }

  static func children(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    let tree = receiver(arguments).tree
    let labels = arguments[1].isAbsent ? tree.roots : tree.children[try label(arguments)]
    return [.table(arguments.state.makeTable(labels.map { .integer(Int64($0 + 1)) }))]
  }

  static func depth(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    [.integer(Int64(receiver(arguments).tree.depth[try label(arguments)]))]
  }

  private static func label(_ arguments: CheckedArguments) throws -> Int {
    let (number, count) = (arguments[1].asInteger, receiver(arguments).tree.count)
    guard number <= count else { throw ScriptError("the hierarchy has the labels 1 to \(count), got \(number)") }
    return number - 1
  }

  private static func receiver(_ arguments: CheckedArguments) -> HierarchyObject {
    guard let object = arguments[0].asObject(HierarchyObject.self) else { preconditionFailure("a method of hierarchy") }
    return object
  }
}

/// swerve.hierarchy
enum HierarchyFile {
  static let ending = ".tsv"
  static let mostBytes = 4 << 20
  /// Tables of (documents, labels) stay far from overflow.
  static let mostLabels = 65_536

  static func read(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    let path = arguments[0].asString
    let file = try ScriptPath.file(path, function: "swerve.hierarchy", ending: ending, atMost: mostBytes, host)
    arguments.state.addWork(file.text.utf8.count / 16)
    do {
      let tree = try LabelTree(bytes: file.text.utf8, file: path)
      guard tree.count <= mostLabels else {
        throw ScriptError("\(path) has \(tree.count) labels, more than \(mostLabels)")
      }
      return [.object(HierarchyObject(tree: tree, text: file.text))]
    } catch let error as LabelTreeError {
      throw ScriptError(error.message, hint: error.hint)
    }
  }
}
