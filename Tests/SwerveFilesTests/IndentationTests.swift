import Testing

@testable import SwerveFiles

@Suite struct IndentationTests {
  @Test func indentsLinesThatAreNotEmpty() {
    #expect("a\n\n b\n".indented(by: 2) == "  a\n\n   b\n")
    #expect("a\nb".indented(by: 4) == "    a\n    b\n", "the last line ends with a line end, too")
    #expect("".indented(by: 2).isEmpty)
  }
}
