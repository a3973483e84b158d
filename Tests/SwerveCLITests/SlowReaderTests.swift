import Foundation
import Glibc
import SwerveTestSupport
import Testing

/// Pipes that somebody made non-blocking, as node, ssh and some CI runners do.
@Suite struct SlowReaderTests {
  /// Runs the program with a non-blocking pipe as one of its descriptors, reads after it is full, and returns what came.
  private func read(_ arguments: [String], from descriptor: Int32) throws -> (text: String, status: Int32) {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    try #require(fcntl(ends[1], F_SETFL, fcntl(ends[1], F_GETFL) | O_NONBLOCK) == 0)
    let process = Process()
    process.executableURL = Program.url
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    let handle = FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
    process.standardOutput = descriptor == STDOUT_FILENO ? handle : FileHandle.nullDevice
    process.standardError = descriptor == STDERR_FILENO ? handle : FileHandle.nullDevice
    try process.run()
    try handle.close()
    // Until the pipe holds all it can, or the program has ended: then it waits, or gave up.
    var held: Int32 = -1
    for _ in 0..<1000 {
      var now: Int32 = 0
      _ = ioctl(ends[0], UInt(FIONREAD), &now)
      if now > 0 && now == held { break }
      held = now
      usleep(20_000)
    }
    let text = try FileHandle(fileDescriptor: ends[0], closeOnDealloc: true).readToEnd() ?? Data()
    process.waitUntilExit()
    return (String(decoding: text, as: UTF8.self), process.terminationStatus)
  }

  @Test func writesAllResultsToASlowReader() throws {
    let code = "for i = 1, 9000 do print(i, ('y'):rep(20)) end"
    let (text, status) = try read(["lua", "-e", code], from: STDOUT_FILENO)
    let expected = (1...9000).map { "\($0)\t" + String(repeating: "y", count: 20) + "\n" }.joined()
    #expect(status == 0 && text == expected, "\(text.utf8.count) of \(expected.utf8.count) bytes")
  }

  /// What a script prints in `run` and `check` goes to standard error.
  @Test func writesAllErrorsToASlowReader() throws {
    let project = try TestProject()
    try project.write("tiny.lua", "for i = 1, 9000 do print(i, ('z'):rep(20)) end\n" + TestProject.script)
    let (text, status) = try read(["check", project.folder.file("tiny.lua").path, "--quiet"], from: STDERR_FILENO)
    #expect(status == 0 && text.hasSuffix("9000\t" + String(repeating: "z", count: 20) + "\n"))
    #expect(text.split(separator: "\n").count == 9000)
  }

  /// Nothing to read yet is no end of the input.
  @Test func waitsForASlowWriterOfTheInput() throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    try #require(fcntl(ends[0], F_SETFL, fcntl(ends[0], F_GETFL) | O_NONBLOCK) == 0)
    let process = Process()
    let output = Pipe()
    process.executableURL = Program.url
    process.arguments = ["lua", "--quiet"]
    let input = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
    process.standardInput = input
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    try input.close()
    let writer = FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
    for piece in ["print(1)\nprint(", "2)\n", "print('last')"] {
      usleep(200_000)
      try writer.write(contentsOf: Data(piece.utf8))
    }
    try writer.close()
    let text = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(String(decoding: text, as: UTF8.self) == "1\n2\nlast\n")
  }
}
