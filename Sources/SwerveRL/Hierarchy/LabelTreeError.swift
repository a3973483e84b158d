import SwerveText

/// What a tree of labels is refused for. Most cases say where in the file it is.
package enum LabelTreeError: UserFacingError, Equatable {
  /// A line of a file, from 1.
  package struct Place: Equatable, Sendable, CustomStringConvertible {
    @ExactString package var file: String
    package let line: Int

    package init(file: String, line: Int) {
      self.file = file
      self.line = line
    }

    package var description: String { "\(file), line \(line)" }
  }

  case notUTF8(at: Place)
  /// The last line has no line end.
  case cutOff(at: Place)
  case carriageReturn(at: Place)
  /// The first line names nothing, or there is none.
  case noRoot(file: String)
  case noLabels(root: String, at: Place?)
  /// Field 1 is the parent.
  case emptyName(field: Int, at: Place)
  /// A name is twice among the children of one line.
  case nameTwice(name: String, at: Place)
  /// A label has two lines for its children.
  case secondLine(name: String, at: Place, firstLine: Int)
  case twoParents(name: String, parent: String, at: Place, firstParent: String, firstLine: Int)
  /// The root is a child of a label.
  case rootBelow(name: String, parent: String, at: Place)
  /// Labels that are below each other, from a label down to its last descendant before it comes again. A tree that is
  /// not from a file has no place.
  case cycle(names: [String], at: Place?)
  /// A label has children, but no line has it as a child.
  case unreachable(name: String, at: Place)

  package var message: String {
    switch self {
    case .notUTF8(let place):
      "\(place): the line is not UTF-8"
    case .cutOff(let place):
      "\(place): the file ends in the middle of the line, without a line end"
    case .carriageReturn(let place):
      "\(place): the line ends with a carriage return, which would be part of the last name"
    case .noRoot(let file):
      "\(file), line 1: no root: the first line has to be the root's name, a tab, and its children"
    case .noLabels(let root, let place):
      "\(Self.prefix(place))the root \(Self.shown(root)) has no children, so the tree has no labels"
    case .emptyName(let field, let place):
      "\(place): \(field == 1 ? "the parent's name" : "the name of child \(field - 1)") is empty"
    case .nameTwice(let name, let place):
      "\(place): \(Self.shown(name)) is there twice"
    case .secondLine(let name, let place, let firstLine):
      "\(place): \(Self.shown(name)) has a second line for its children; the first one is line \(firstLine)"
    case .twoParents(let name, let parent, let place, let firstParent, let firstLine):
      "\(place): \(Self.shown(name)) is a child of \(Self.shown(parent)), but line \(firstLine) has it below "
        + Self.shown(firstParent)
    case .rootBelow(let name, let parent, let place):
      "\(place): the root \(Self.shown(name)) is a child of \(Self.shown(parent)), which is a cycle"
    case .cycle(let names, let place):
      "\(Self.prefix(place))a cycle: "
        + (names.prefix(8) + (names.count > 8 ? ["..."] : []) + names.prefix(1)).map { $0.excerpt() }
        .joined(separator: " > ")
    case .unreachable(let name, let place):
      "\(place): \(Self.shown(name)) has children, but it is neither the root nor a child of another label"
    }
  }

  package var hint: String? {
    switch self {
    case .notUTF8: "save the file as UTF-8"
    case .cutOff: "fetch the file again; if it is whole, end its last line with a line end"
    case .carriageReturn: "save the file with line feeds alone as line ends"
    case .noRoot, .noLabels, .emptyName: "each line is a parent and its children, with one tab before each child"
    case .nameTwice, .twoParents:
      "give each label one name and one parent: add the parent's name to the label's, for one"
    case .secondLine: "put all children of a label on one line"
    case .rootBelow, .cycle: "give each label one parent, so that all lead up to the root of the first line"
    case .unreachable: "add it to its parent's line; names are compared byte for byte"
    }
  }

  private static func prefix(_ place: Place?) -> String { place.map { "\($0): " } ?? "" }

  private static func shown(_ name: String) -> String { name.excerpt().debugDescription }
}
