import Foundation
import SwerveTestSupport
import Testing

@testable import SwerveFiles

/// Which program a sweep's members, ranks and jobs of a cluster start.
@Suite struct ThisProgramTests {
  @Test func isThePackagesLauncherForABuildInAPackage() throws {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("swerve-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: root) }
    func make(_ name: String) throws -> String {
      let file = root.appendingPathComponent(name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      #expect(FileManager.default.createFile(atPath: file.path, contents: nil, attributes: [.posixPermissions: 0o755]))
      return file.path
    }
    let build = try make("lib/swerve/x86-64-v3/swerve")
    let elsewhere = try make("lib/other/x86-64-v3/swerve")
    #expect(ChildProcess.launcher(of: build) == nil)
    let launcher = try make("bin/swerve")
    #expect(ChildProcess.launcher(of: build) == launcher)
    #expect(ChildProcess.launcher(of: elsewhere) == nil && ChildProcess.launcher(of: launcher) == nil)
  }
}
