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

    /// A new connection, which the caller closes.
    func connect(to address: String = "127.0.0.1") throws -> Int32 {
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var limit = timeval(tv_sec: 10, tv_usec: 0)
      setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
      var target = sockaddr_in()
      target.sin_family = sa_family_t(AF_INET)
      target.sin_port = port.bigEndian
      inet_pton(AF_INET, address, &target.sin_addr)
      let isConnected = withUnsafePointer(to: &target) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
      }
      if isConnected { return descriptor }
      close(descriptor)
      throw POSIXError(.ECONNREFUSED)
    }

    /// Sends bytes over a new connection and reads until the server closes it, or for some seconds.
    /// - Parameter endsItsSide: whether it says that it will send no more, before it reads.
    func exchange(_ text: String, to address: String = "127.0.0.1", endsItsSide: Bool = false) throws -> String {
      let descriptor = try connect(to: address)
      defer { close(descriptor) }
      Self.send(text, over: descriptor)
      if endsItsSide { shutdown(descriptor, Int32(SHUT_WR)) }
      return Self.rest(of: descriptor)
    }

    /// Sends what the other side takes.
    static func send(_ text: String, over descriptor: Int32) {
      var rest = Array(text.utf8)[...]
      while !rest.isEmpty {
        let sent = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress!, $0.count, Int32(MSG_NOSIGNAL)) }
        if sent <= 0 { break }
        rest = rest.dropFirst(sent)
      }
    }

    /// What comes until the other side closes the connection, or for some seconds.
    static func rest(of descriptor: Int32) -> String {
      var answer: [UInt8] = []
      var piece = [UInt8](repeating: 0, count: 65536)
      while true {
        let count = recv(descriptor, &piece, piece.count, 0)
        if count <= 0 { break }
        answer += piece[..<count]
      }
      return String(decoding: answer, as: UTF8.self)
    }

    /// Whether the other side has closed a connection over which nothing is to come.
    static func isClosed(_ descriptor: Int32) -> Bool {
      var byte: UInt8 = 0
      let count = recv(descriptor, &byte, 1, Int32(MSG_DONTWAIT))
      return count == 0 || (count < 0 && errno != EAGAIN)
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
    ("GET /\r\nHost: localhost\r\n\r\n", "400"),
    ("GET / HTTP/2.0\r\nHost: localhost\r\n\r\n", "400"),
    ("GET /\(String(repeating: "x", count: 20_000)) HTTP/1.1\r\nHost: localhost\r\n\r\n", "400"),
    ("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello", "413"),
    ("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "413"),
    ("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\nhello", "400"),
    ("\u{16}\u{3}\u{1}\r\n\r\n", "400"),
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
    // What the server says may get lost, because it reads no further.
    #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 400 "), "\(answer)")
    #expect(try server.get("/").contains(" 200 OK"))
  }

  @Test func answersAllThatAClientAskedBeforeItEndedItsSide() throws {
    let project = try TestProject()
    let server = try Server(".", "--port", "0", in: project)
    let targets = (0..<200).map { $0 % 2 == 0 ? "/" : "/nothing" }
    let text = targets.map { "GET \($0) HTTP/1.1\r\nHost: localhost\r\n\r\n" }.joined()
    let answers = try server.exchange(text, endsItsSide: true).components(separatedBy: "HTTP/1.1 ").dropFirst()
    #expect(answers.map { String($0.prefix(3)) } == targets.map { $0 == "/" ? "200" : "404" })
    #expect(answers.enumerated().allSatisfy { $0 % 2 == 1 || $1.hasSuffix("</body></html>\n") })
  }

  @Test func leavesTheProtocolWithNobody() throws {
    let project = try TestProject()
    let server = try Server(".", "--port", "0", in: project)
    let head = "Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    let answer = try server.exchange("GET / HTTP/1.1\r\n\(head)\r\n")
    #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.contains("\r\nConnection: close\r\n"), "\(answer)")
    #expect(try server.exchange("CONNECT localhost:22 HTTP/1.1\r\nHost: localhost\r\n\r\n").hasPrefix("HTTP/1.1 405 "))
  }

  @Test func servesSomeConnectionsAtATime() throws {
    let project = try TestProject()
    let server = try Server(".", "--port", "0", in: project)
    var open = try (0..<64).map { _ in try server.connect() }
    defer { for client in open { close(client) } }
    #expect(try server.get("/").isEmpty)
    close(open.removeLast())
    var page = ""
    for _ in 0..<500 where page.isEmpty {
      usleep(10_000)
      page = try server.get("/")
    }
    #expect(page.contains(" 200 OK"))
  }

  /// The program gives a client 20 seconds.
  @Test func endsConnectionsOfClientsThatDoNothingOrTooLittle() throws {
    let project = try TestProject()
    let server = try Server(".", "--port", "0", in: project)
    let request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
    let all = try 1000 * server.exchange(request, endsItsSide: true).utf8.count
    let (idle, slow, deaf) = try (server.connect(), server.connect(), server.connect())
    defer { for client in [idle, slow, deaf] { close(client) } }
    Server.send("GET / HTTP/1.1\r\nX: ", over: slow)
    Server.send(String(repeating: request, count: 1000), over: deaf)
    let start = DispatchTime.now().uptimeNanoseconds
    var ends: [Int32: Double] = [:]
    for _ in 0..<600 where ends.count < 2 {
      usleep(100_000)
      Server.send("x", over: slow)
      for client in [idle, slow] where ends[client] == nil && Server.isClosed(client) {
        ends[client] = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
      }
    }
    #expect(ends.count == 2 && ends.values.allSatisfy { (15...40).contains($0) }, "\(ends)")
    // This one asked for the page again and again, and took nothing.
    sleep(3)
    #expect(Server.rest(of: deaf).utf8.count < all)
    #expect(try server.get("/").contains(" 200 OK"))
  }

  @Test func takesAnotherPortWhereTheUsualOneIsTaken() throws {
    let project = try TestProject()
    let servers = try (0..<2).map { _ in try Server(".", in: project) }
    #expect(servers[0].port != servers[1].port)
    for server in servers { #expect(try server.get("/").contains(" 200 OK")) }
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
