import Foundation
import SwerveTestSupport
import Testing

/// `swerve watch` as a program: what goes over the wire. What it answers is tested in SwerveReportsTests.
@Suite struct WatchTests {
  /// The program, listening on a free port until the object is released.
  private final class Server {
    let running: Program.Running
    let url: String
    let port: UInt16

    init(_ arguments: String..., in project: TestProject) throws {
      running = try Program.Running(["watch"] + arguments + ["--quiet"], in: project.folder.url)
      for _ in 0..<3000 where try !running.outputSoFar().hasSuffix("\n") {
        if !running.process.isRunning { break }
        usleep(10_000)
      }
      url = try running.outputSoFar().trimmingCharacters(in: .newlines)
      let errors = try running.errorsSoFar()
      port = try #require(UInt16(url.dropLast().split(separator: ":").last ?? ""), "\(errors)")
    }

    /// Sends bytes over a new connection and reads until the server closes it, or for some seconds.
    func exchange(_ text: String, to address: String = "127.0.0.1") throws -> String {
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      defer { close(descriptor) }
      var limit = timeval(tv_sec: 10, tv_usec: 0)
      setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
      var target = sockaddr_in()
      target.sin_family = sa_family_t(AF_INET)
      target.sin_port = port.bigEndian
      inet_pton(AF_INET, address, &target.sin_addr)
      let isConnected = withUnsafePointer(to: &target) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
      }
      guard isConnected else { throw POSIXError(.ECONNREFUSED) }
      var rest = Array(text.utf8)[...]
      while !rest.isEmpty {
        let sent = rest.withUnsafeBytes { send(descriptor, $0.baseAddress!, $0.count, Int32(MSG_NOSIGNAL)) }
        if sent <= 0 { break }
        rest = rest.dropFirst(sent)
      }
      var answer: [UInt8] = []
      var piece = [UInt8](repeating: 0, count: 65536)
      while true {
        let count = recv(descriptor, &piece, piece.count, 0)
        if count <= 0 { break }
        answer += piece[..<count]
      }
      return String(decoding: answer, as: UTF8.self)
    }

    func get(_ target: String) throws -> String {
      try exchange("GET \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\r\n")
    }
  }

  @Test func servesRunsWhileTheyTrainAndWritesNothing() throws {
    let project = try TestProject()
    try FileManager.default.createDirectory(at: project.folder.file("runs"), withIntermediateDirectories: false)
    let server = try Server("--port", "0", in: project)
    #expect(server.url.hasPrefix("http://127.0.0.1:"))
    let page = try server.get("/")
    #expect(page.hasPrefix("HTTP/1.1 200 OK\r\n") && page.contains("\r\nContent-Security-Policy: default-src 'none'"))
    #expect(page.hasSuffix("</body></html>\n"))
    #expect(try server.get("/runs?open=").contains("\"runs\":[]"))
    try project.record("runs/a")
    var rows = ""
    for _ in 0..<50 where !rows.contains("\"state\":\"complete\"") {
      usleep(100_000)
      rows = try server.get("/runs?open=1")
    }
    #expect(rows.contains("\"name\":\"a\"") && rows.contains("\"state\":\"complete\""), "\(rows)")
    #expect(try server.get("/curves?stage=tuned&metric=loss&runs=1:0:0").contains("\"steps\":[1,2]"))
    #expect(try server.get("/samples?run=1&stage=tuned").contains("\"name\":\"weight\""))
    #expect(try project.run("show", "runs/a", "--check").status == 0)
    #expect(try project.folder.names() == ["golden", "runs", "tiny.lua"])
    #expect(try project.folder.names("runs") == ["a"])
    #expect(server.running.process.isRunning)
    kill(server.running.process.processIdentifier, SIGINT)
    #expect(try server.running.wait().status == 130)
  }

  @Test func listensOnThisMachinesOwnAddressOnly() throws {
    let project = try TestProject()
    let server = try Server(".", "--port", "0", in: project)
    #expect(throws: POSIXError.self) { try server.exchange("", to: "127.0.0.2") }
    let wide = try Server(".", "--port", "0", "--host", "0.0.0.0", in: project)
    #expect(try wide.exchange("GET / HTTP/1.0\r\nHost: 127.0.0.2\r\n\r\n", to: "127.0.0.2").contains(" 200 OK"))
    // A name that a stranger's page could give this machine is refused all the same.
    #expect(try wide.exchange("GET / HTTP/1.0\r\nHost: evil.example\r\n\r\n").contains(" 421 "))
  }

  @Test func answersSeveralRequestsOverOneConnection() throws {
    let project = try TestProject()
    let server = try Server(".", "--port", "0", in: project)
    let head = "Host: localhost:\(server.port)\r\n"
    let answers = try server.exchange(
      "GET /nothing HTTP/1.1\r\n\(head)\r\nHEAD / HTTP/1.1\r\n\(head)\r\nPOST / HTTP/1.1\r\n\(head)Content-Length: 0\r\n"
        + "Connection: close\r\n\r\n")
    let heads = answers.components(separatedBy: "HTTP/1.1 ").dropFirst().map { String($0.prefix(3)) }
    #expect(heads == ["404", "200", "405"], "\(answers)")
    // The answer to HEAD has no body, and says how long it would be.
    let middle = answers.components(separatedBy: "HTTP/1.1 ")[2]
    #expect(middle.hasSuffix("\r\n\r\n") && !middle.contains("Content-Length: 0\r\n"))
  }

  @Test(arguments: [
    ("GET / HTTP/1.1\r\n\r\n", "421"),
    ("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", "421"),
    ("GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", "400"),
    ("GET / HTTP/1.1\r\nHost : localhost\r\n\r\n", "400"),
    ("GET / HTTP/1.1\r\nHost: localhost\r\n folded: x\r\n\r\n", "400"),
    ("GET / HTTP/1.1\nHost: localhost\n\r\n\r\n", "400"),
    ("GET  / HTTP/1.1\r\nHost: localhost\r\n\r\n", "400"),
    ("GET /\r\nHost: localhost\r\n\r\n", "400"),
    ("GET / HTTP/2.0\r\nHost: localhost\r\n\r\n", "505"),
    ("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello", "413"),
    ("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "413"),
    ("\u{16}\u{3}\u{1}\r\n\r\n", "400"),
    ("\r\n\r\n", "400"),
  ])
  func refusesRequestsThatAreNone(text: String, status: String) throws {
    let project = try TestProject()
    let server = try Server(".", "--port", "0", in: project)
    // Without a host, the connection would be kept.
    let answer = try server.exchange(text.hasPrefix("GET / HTTP/1.1\r\n\r\n") ? "GET / HTTP/1.0\r\n\r\n" : text)
    #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
    #expect(try server.get("/").contains(" 200 OK"))
  }

  @Test func isNotKeptBusyByRequestsWithoutEnd() throws {
    let project = try TestProject()
    let server = try Server(".", "--port", "0", in: project)
    let answer = try server.exchange(
      "GET / HTTP/1.1\r\nHost: localhost\r\nX: " + String(repeating: "x", count: 1 << 20))
    #expect(answer.isEmpty)
    #expect(try server.get("/").contains(" 200 OK"))
  }

  @Test func namesWhatIsWrong() throws {
    let project = try TestProject()
    let none = try project.run("watch")
    #expect(none.status == 2 && none.errors.contains("there is no folder runs"), "\(none.all)")
    let file = try project.run("watch", "tiny.lua")
    #expect(file.status == 2 && file.errors.contains("tiny.lua is not a folder"), "\(file.all)")
    let port = try project.run("watch", ".", "--port", "65536")
    #expect(port.status == 2 && port.errors.contains("--port must be in 0...65535, got 65536"), "\(port.all)")
    let host = try project.run("watch", ".", "--host", "not.a.host.invalid")
    #expect(host.status == 2 && host.errors.contains("cannot listen on not.a.host.invalid"), "\(host.all)")
    let server = try Server(".", "--port", "0", in: project)
    let taken = try project.run("watch", ".", "--port", "\(server.port)")
    #expect(
      taken.status == 2 && taken.errors.contains("another program listens on 127.0.0.1:\(server.port)"), "\(taken.all)")
  }
}
