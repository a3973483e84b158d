import Foundation
import Glibc
import SwerveTestSupport
import Testing

/// The built program on a pseudo-terminal.
final class Terminal {
  private let process = Process()
  private let main: Int32
  private var shown = ""

  /// - Parameter changes: of the environment; nil takes a variable away.
  init(_ arguments: [String], in folder: URL, environment changes: [String: String?] = [:]) throws {
    var (ours, side): (Int32, Int32) = (0, 0)
    try #require(openpty(&ours, &side, nil, nil, nil) == 0)
    main = ours
    let handle = FileHandle(fileDescriptor: side, closeOnDealloc: true)
    process.executableURL = Program.url
    process.arguments = arguments
    process.currentDirectoryURL = folder
    var variables = ProcessInfo.processInfo.environment.filter { $0.key != "CI" }
    variables["NO_COLOR"] = "1"
    variables["SWERVE_LUA"] = Fixtures.repository.appendingPathComponent("lua").path
    for (name, value) in changes { variables[name] = value }
    process.environment = variables
    process.standardInput = handle
    process.standardOutput = handle
    process.standardError = handle
    try process.run()
    // Reading then ends with the program.
    try handle.close()
  }

  deinit { close(main) }

  /// Waits for each text after the last one and answers with a line. Returns all that was shown until the program ended.
  func dialogue(_ exchanges: [(text: String, answer: String?)]) throws -> String {
    var seen = shown.startIndex
    for (text, answer) in exchanges {
      while true {
        if let found = shown.range(of: text, range: seen..<shown.endIndex) {
          seen = found.upperBound
          break
        }
        let offset = shown.distance(from: shown.startIndex, to: seen)
        try #require(read(), "the program ended before it showed \(text): \(shown)")
        seen = shown.index(shown.startIndex, offsetBy: offset)
      }
      if let answer {
        let line = Array((answer + "\n").utf8)
        try #require(write(main, line, line.count) == line.count)
      }
    }
    while read() {}
    return shown
  }

  func waitForExit() -> Int32 {
    process.waitUntilExit()
    return process.terminationStatus
  }

  /// Appends what comes next; false at the end.
  private func read() -> Bool {
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = Glibc.read(main, &bytes, bytes.count)
    guard count > 0 else { return false }
    shown += String(decoding: bytes.prefix(count), as: UTF8.self)
    return true
  }
}
