import Glibc
import SwerveFiles
import SwerveText
import Synchronization

/// A server of HTTP/1.1 for one page and a few small answers, to a handful of browsers.
///
/// Written here because of what a package would cost (docs/look.md). Each connection has a thread, a request has a bounded
/// size and a bounded time, and there are at most `mostConnections`.
final class HTTPServer: Sendable {
  /// Another program listens on the port.
  struct PortTaken: UserFacingError {
    let address: String
    var message: String { "another program listens on \(address)" }
    var hint: String? { "--port N names another port, and --port 0 any free one" }
    var category: ErrorCategory { .usage }
  }

  private static let mostConnections = 64
  /// Of a request, up to its empty line.
  private static let mostBytes = 16 << 10
  /// The time, in seconds, that a connection may take for a request, for an answer, or between two requests.
  private static let patience = 20

  private let descriptor: Int32
  /// The address that clients use, such as "http://127.0.0.1:7420/".
  let url: String
  /// Whether only this machine reaches it.
  let isLoopback: Bool
  private let connections = Mutex(0)

  /// Listens on an address.
  /// - Parameters:
  ///   - host: a name or an address of this machine.
  ///   - port: 0: any free one.
  /// - Throws: PortTaken; UsageError for what is no address of this machine.
  init(host: String, port: Int) throws {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, "\(port)", &hints, &found) == 0, let address = found else {
      throw Self.noAddress(host, "no such name or address is known")
    }
    defer { freeaddrinfo(found) }
    let socket = socket(address.pointee.ai_family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard socket >= 0 else { throw Self.noAddress(host, String(cString: strerror(errno))) }
    var yes: Int32 = 1
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    guard bind(socket, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0, Glibc.listen(socket, 64) == 0 else {
      let code = errno
      close(socket)
      if code == EADDRINUSE { throw PortTaken(address: "\(host):\(port)") }
      throw Self.noAddress(host, String(cString: strerror(code)))
    }
    descriptor = socket
    let (name, bound) = Self.name(of: socket)
    url = "http://\(name.containsExactly(":") ? "[\(name)]" : name):\(bound)/"
    isLoopback = name.beginsExactly(with: "127.") || name == "::1"
  }

  private static func noAddress(_ host: String, _ reason: String) -> UsageError {
    UsageError("cannot listen on \(host): \(reason)", hint: "--host 127.0.0.1 is this machine, and the default")
  }

  /// The address in digits, and the port.
  private static func name(of socket: Int32) -> (host: String, port: String) {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    var port = [CChar](repeating: 0, count: Int(NI_MAXSERV))
    withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        guard getsockname(socket, address, &length) == 0 else { return }
        getnameinfo(
          address, length, &host, socklen_t(host.count), &port, socklen_t(port.count),
          NI_NUMERICHOST | NI_NUMERICSERV)
      }
    }
    func text(_ name: [CChar]) -> String { name.withUnsafeBufferPointer { String(cString: $0.baseAddress!) } }
    return (text(host), text(port))
  }

  /// Answers until the process ends.
  /// - Parameter answer: is called by several threads at once.
  func serve(_ answer: @escaping @Sendable (HTTPRequest) -> HTTPResponse) -> Never {
    while true {
      let connection = accept(descriptor, nil, nil)
      guard connection >= 0 else {
        // Without a free descriptor, a connection that ends makes one free.
        if [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errno) { usleep(100_000) }
        continue
      }
      _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
      let isFree = connections.withLock { count in
        if count >= Self.mostConnections { return false }
        count += 1
        return true
      }
      guard isFree, start(Connection(descriptor: connection, server: self, answer: answer)) else {
        close(connection)
        if isFree { connections.withLock { $0 -= 1 } }
        continue
      }
    }
  }

  /// What a thread needs to answer the requests of a connection.
  private final class Connection: Sendable {
    let descriptor: Int32
    let server: HTTPServer
    let answer: @Sendable (HTTPRequest) -> HTTPResponse

    init(descriptor: Int32, server: HTTPServer, answer: @escaping @Sendable (HTTPRequest) -> HTTPResponse) {
      self.descriptor = descriptor
      self.server = server
      self.answer = answer
    }
  }

  /// False if there is no thread to be had.
  private func start(_ connection: Connection) -> Bool {
    var thread = pthread_t()
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    defer { pthread_attr_destroy(&attributes) }
    let held = Unmanaged.passRetained(connection)
    let code = pthread_create(
      &thread, &attributes,
      { held in
        guard let held else { return nil }
        let connection = Unmanaged<Connection>.fromOpaque(held).takeRetainedValue()
        HTTPServer.answerAll(connection)
        close(connection.descriptor)
        connection.server.connections.withLock { $0 -= 1 }
        return nil
      }, held.toOpaque())
    if code != 0 { held.release() }
    return code == 0
  }

  private static func answerAll(_ connection: Connection) {
    var limit = timeval(tv_sec: patience, tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(connection.descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
    }
    var waiting: [UInt8] = []
    while let head = nextHead(connection.descriptor, &waiting) {
      let request: HTTPRequest
      do throws(HTTPRequest.Problem) {
        request = try HTTPRequest(head: head)
      } catch {
        _ = send(HTTPResponse.problem(error).bytes(hasBody: true, keepsConnection: false), to: connection.descriptor)
        return
      }
      let bytes = connection.answer(request)
        .bytes(hasBody: request.method !== "HEAD", keepsConnection: request.keepsConnection)
      guard send(bytes, to: connection.descriptor), request.keepsConnection else { return }
    }
  }

  /// The bytes of the next request before its empty line; nil at the end, and for a request that is too long or too slow.
  /// - Parameter waiting: bytes that came after the request before.
  private static func nextHead(_ descriptor: Int32, _ waiting: inout [UInt8]) -> ArraySlice<UInt8>? {
    let start = now()
    var piece = [UInt8](repeating: 0, count: 4096)
    while true {
      if let end = waiting.indices.first(where: { waiting[$0...].starts(with: [0x0d, 0x0a, 0x0d, 0x0a]) }) {
        defer { waiting.removeFirst(end + 4) }
        return waiting[..<end]
      }
      // A client that sends a byte now and then may not hold its thread for ever.
      guard waiting.count < mostBytes, now() - start < patience else { return nil }
      let count = recv(descriptor, &piece, piece.count, 0)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return nil }
      waiting += piece[..<count]
    }
  }

  private static func send(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  /// Seconds of a clock that only goes on.
  private static func now() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int(time.tv_sec)
  }
}
