import Testing

@testable import SwerveFiles

@Suite struct TemporaryFolderTests {
  private struct Stop: Error {}

  @Test func makesANewFolderAndRemovesItAfterwards() throws {
    let path = try POSIXFile.withTemporaryFolder("swerve-tests") { folder in
      #expect(POSIXFile.kind(folder) == .folder && Path.name(folder).hasPrefix("swerve-tests-"))
      #expect(try POSIXFile.list(folder).isEmpty)
      try POSIXFile.writeAtomically("x", to: Path.join(folder, "file"))
      return folder
    }
    #expect(POSIXFile.kind(path) == nil)
  }

  @Test func removesTheFolderAfterAnError() {
    var path = ""
    #expect(throws: Stop.self) {
      try POSIXFile.withTemporaryFolder("swerve-tests") { folder in
        path = folder
        throw Stop()
      }
    }
    #expect(!path.isEmpty && POSIXFile.kind(path) == nil)
  }
}
