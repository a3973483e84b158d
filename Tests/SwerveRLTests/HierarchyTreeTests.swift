import SwerveTestSupport
import SwerveText
import Testing

@testable import SwerveRL

@Suite struct HierarchyTreeTests {
  private func read(_ text: String) throws -> LabelTree { try LabelTree(bytes: text.utf8, file: "tree.tsv") }

  private func error(_ text: String) -> LabelTreeError? { error(Array(text.utf8)) }

  private func error(_ bytes: [UInt8]) -> LabelTreeError? {
    do throws(LabelTreeError) {
      _ = try LabelTree(bytes: bytes, file: "tree.tsv")
      return nil
    } catch { return error }
  }

  private func line(_ line: Int) -> LabelTreeError.Place { .init(file: "tree.tsv", line: line) }

  @Test func numbersLabelsInTheOrderOfTheFile() throws {
    // The line of b comes before the line that has b.
    let tree = try read("Root\ta\nb\tc\td\na\tb\te\n")
    #expect(tree.rootName == "Root")
    #expect(tree.names == ["a", "c", "d", "b", "e"])
    #expect(tree.parent == [nil, 3, 3, 0, 0])
    #expect(tree.children == [[3, 4], [], [], [1, 2], []])
    #expect(tree.roots == [0])
    #expect(tree.depth == [1, 3, 3, 2, 2])
    #expect(tree.deepest == 3)
    #expect(tree.leaves == [1, 2, 4])
    #expect(tree.topDown == [0, 3, 4, 1, 2])
    #expect(tree.siblingGroups == [[0], [3, 4], [1, 2]])
    #expect(tree.leavesInWalk == [1, 2, 4])
    #expect(Array(tree.leavesBelow(0)) == [1, 2, 4] && Array(tree.leavesBelow(3)) == [1, 2])
    #expect(tree.path(to: 1) == [0, 3, 1])
    #expect(tree.index(of: "d") == 2 && tree.index(of: "Root") == nil)
  }

  @Test func acceptsALineWithoutChildren() throws {
    #expect(try read("Root\ta\tb\na\nb\tc\n").leaves == [0, 2])
  }

  @Test func tellsNamesApartByTheirBytes() throws {
    let tree = try read("Root\t\u{e9}\te\u{301}\n")
    #expect(tree.index(of: "\u{e9}") == 0 && tree.index(of: "e\u{301}") == 1)
    #expect(error("Root\ta\n\u{e9}\tb\na\te\u{301}\n") == .unreachable(name: "\u{e9}", at: line(2)))
  }

  @Test func rejectsAFileWithoutARoot() {
    #expect(error("") == .noRoot(file: "tree.tsv"))
    #expect(error("\n") == .noRoot(file: "tree.tsv"))
    #expect(error("\ta\n") == .noRoot(file: "tree.tsv"))
    #expect(error("Root\n") == .noLabels(root: "Root", at: line(1)))
  }

  @Test func rejectsAFileThatIsCutOff() {
    #expect(error("Root\ta\tb\na\tc") == .cutOff(at: line(2)))
    #expect(error("Root") == .cutOff(at: line(1)))
  }

  @Test func rejectsEmptyNames() {
    #expect(error("Root\ta\t\n") == .emptyName(field: 3, at: line(1)))
    #expect(error("Root\ta\n\tb\n") == .emptyName(field: 1, at: line(2)))
    #expect(error("Root\ta\n\n") == .emptyName(field: 1, at: line(2)))
  }

  @Test func rejectsBytesThatAreNoUTF8() {
    #expect(error(Array("Root\ta\na\t".utf8) + [0xC3, 0x28, 0x0A]) == .notUTF8(at: line(2)))
  }

  @Test func rejectsCarriageReturns() {
    #expect(error("Root\ta\r\na\tb\r\n") == .carriageReturn(at: line(1)))
  }

  @Test func rejectsANameTwice() {
    #expect(error("Root\ta\tb\ta\n") == .nameTwice(name: "a", at: line(1)))
    #expect(error("Root\ta\na\tb\na\tc\n") == .secondLine(name: "a", at: line(3), firstLine: 2))
    #expect(error("Root\ta\nRoot\tc\n") == .secondLine(name: "Root", at: line(2), firstLine: 1))
  }

  @Test func rejectsTwoParents() {
    #expect(
      error("Root\ta\tb\na\tc\nb\td\tc\n")
        == .twoParents(name: "c", parent: "b", at: line(3), firstParent: "a", firstLine: 2))
  }

  @Test func rejectsCycles() {
    #expect(error("Root\ta\na\tRoot\n") == .rootBelow(name: "Root", parent: "a", at: line(2)))
    #expect(error("Root\tRoot\n") == .rootBelow(name: "Root", parent: "Root", at: line(1)))
    #expect(error("Root\ta\nb\tb\n") == .cycle(names: ["b"], at: line(2)))
    #expect(error("Root\ta\nb\tc\nc\td\te\nd\tb\n") == .cycle(names: ["b", "c", "d"], at: line(2)))
    // A label below a cycle leads to it.
    #expect(error("Root\ta\nb\tx\tc\nc\tb\n") == .cycle(names: ["b", "c"], at: line(2)))
  }

  @Test func rejectsLabelsThatTheRootDoesNotReach() {
    #expect(error("Root\ta\nb\tc\n") == .unreachable(name: "b", at: line(2)))
    #expect(error("Root\ta\na\tb\n") == nil)
  }

  @Test func saysWhereAndWhatToDo() throws {
    let cases = [
      "", "Root\n", "Root\ta\tb\na\tc", "Root\ta\t\n", "Root\ta\ta\n", "Root\ta\nRoot\tb\n", "Root\ta\tb\na\tc\nb\tc\n",
      "Root\ta\na\tRoot\n", "Root\ta\nb\tb\n", "Root\ta\nb\tc\n", "Root\ta\r\n",
    ]
    for text in cases {
      let found = try #require(error(text))
      #expect(found.message.beginsExactly(with: "tree.tsv, line ") && found.hint != nil, "\(found)")
    }
  }

  @Test func rejectsParentsThatFormACycle() {
    #expect(throws: LabelTreeError.self) { try LabelTree(parents: [nil, 2, 1]) }
    #expect(throws: LabelTreeError.self) { try LabelTree(parents: []) }
  }

  @Test(arguments: 1...8 as ClosedRange<UInt64>)
  func holdsWhatATreeHolds(seed: UInt64) throws {
    var random = TestRandom(seed, "tests/label-tree")
    for _ in 0..<40 {
      let tree = try RandomTree(labels: random.within(1...30), &random).tree
      let indices = tree.names.indices
      for label in indices {
        let path = tree.path(to: label)
        #expect(path.count == tree.depth[label] && path.last == label && tree.parent[path[0]] == nil, "seed \(seed)")
        #expect(zip(path, path.dropFirst()).allSatisfy { tree.parent[$1] == $0 }, "seed \(seed)")
        #expect(
          tree.leavesBelow(label).sorted() == tree.leaves.filter { tree.path(to: $0).contains(label) }, "seed \(seed)")
        #expect(tree.end(ofPath: path.sorted()) == label, "seed \(seed)")
      }
      #expect(tree.topDown.sorted() == Array(indices), "seed \(seed)")
      #expect(tree.siblingGroups.flatMap(\.self).sorted() == Array(indices), "seed \(seed)")
      var largest = 0
      for first in indices {
        for second in indices {
          let shared = zip(tree.path(to: first), tree.path(to: second)).prefix { $0 == $1 }.count
          let distance = tree.distance(first, second)
          #expect(distance == tree.depth[first] + tree.depth[second] - 2 * shared, "seed \(seed)")
          largest = max(largest, distance)
        }
      }
      #expect(tree.largestDistance == largest, "seed \(seed)")
    }
  }

  @Test func readsATreeAgainAsItWasWritten() throws {
    var random = TestRandom(3, "tests/label-tree/file")
    for _ in 0..<40 {
      let tree = try RandomTree(labels: random.within(1...30), &random).tree
      let lines =
        [["Root"] + tree.roots.map { tree.names[$0] }]
        + tree.topDown.filter { !tree.isLeaf($0) }.map { ([$0] + tree.children[$0]).map { tree.names[$0] } }
      let again = try read(lines.map { $0.joined(separator: "\t") + "\n" }.joined())
      #expect(again.topDown.map { again.names[$0] }.sorted() == tree.names.sorted())
      for label in tree.names.indices {
        let other = try #require(again.index(of: tree.names[label]))
        #expect(again.parent[other].map { again.names[$0] } == tree.parent[label].map { tree.names[$0] })
      }
    }
  }

  // MARK: Sets

  @Test func takesNamesInAnyOrderForASet() throws {
    let tree = try read("Root\ta\tb\na\tc\n")
    #expect(try tree.set(named: ["c", "a"]) == [0, 2])
    #expect(try tree.set(named: ["a", "c", "b"]) == [0, 1, 2])
    #expect(tree.end(ofPath: [0, 2]) == 2 && tree.end(ofPath: [0, 1, 2]) == nil && tree.end(ofPath: [2]) == nil)
    #expect(tree.end(ofPath: []) == nil)
  }

  @Test func rejectsNamesThatAreNoSet() throws {
    let tree = try read("Root\tanimal\tplant\nanimal\tbird\n")
    func error(_ names: String...) -> LabelSetError? {
      do throws(LabelSetError) {
        _ = try tree.set(named: names)
        return nil
      } catch { return error }
    }
    #expect(error() == .empty)
    #expect(error("animal", "brid") == .unknown(name: "brid", similar: "bird"))
    #expect(error("Root", "animal") == .unknown(name: "Root", similar: nil))
    #expect(error("plant", "bird") == .parentMissing(name: "bird", parent: "animal"))
    #expect(error("animal", "animal") == .nameTwice(name: "animal"))
  }
}
