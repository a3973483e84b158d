import Glibc
import SwerveFiles

/// A folder for one test, removed with everything in it when the test lets go of it.
package final class TemporaryFolder {
  package let path: String

  package init() throws {
    var template = Array("/tmp/swerve-runs-tests-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw FileError.system(.createFolder, path: "/tmp", code: errno)
    }
    path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  deinit { try? POSIXFile.remove(path) }

  package func file(_ name: String) -> String { path + "/" + name }

  package func text(_ name: String) throws -> String { String(decoding: try POSIXFile.read(file(name)), as: UTF8.self) }
}
