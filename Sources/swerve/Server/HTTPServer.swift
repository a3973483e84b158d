import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import SwerveFiles
import SwerveReports
import SwerveText

/// A server of HTTP/1.1 for one page and a few small answers, to a handful of browsers.
///
/// SwiftNIO parses requests and carries bytes, all on one thread. A pool of threads makes the answers, so that a slow
/// one holds up no other connection.
struct HTTPServer {
  /// Another program listens on the port.
  struct PortTaken: UserFacingError {
    let address: String
    var message: String { "another program listens on \(address)" }
    var hint: String? { "--port N names another port, and --port 0 any free one" }
    var category: ErrorCategory { .usage }
  }

  /// The system took the listening socket away.
  struct Ended: UserFacingError {
    var message: String { "the page is served no longer: the system closed the socket that listens" }
    var hint: String? { "start `swerve watch` again" }
    var category: ErrorCategory { .data }
  }

  /// The thread of all connections.
  private static let loop = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  /// Of the head of a request: its target, and the names and values of its fields.
  private static let mostBytes = 16 << 10
  /// The time that may pass until the next request is complete, or the next piece of an answer is sent.
  private static let patience = TimeAmount.seconds(20)

  private let listener: any Channel
  /// The address that clients use, such as "http://127.0.0.1:7420/".
  let url: String
  /// Whether only this machine reaches it.
  let isLoopback: Bool

  /// Listens on an address, and answers from now on.
  /// - Parameters:
  ///   - host: a name or an address of this machine.
  ///   - port: 0: any free one.
  ///   - answer: is called by several threads at once.
  /// - Throws: PortTaken; UsageError for what is no address of this machine.
  init(host: String, port: Int, answer: @escaping @Sendable (WatchRequest) -> WatchResponse) throws {
    guard let address = try? SocketAddress.makeAddressResolvingHost(host, port: port) else {
      throw Self.noAddress(host, "no such name or address is known")
    }
    do {
      listener = try ServerBootstrap(group: Self.loop)
        .serverChannelOption(.backlog, value: 64)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .serverChannelInitializer { listener in
          listener.eventLoop.makeCompletedFuture {
            try listener.pipeline.syncOperations.addHandler(ConnectionLimit())
          }
        }
        // A client that has asked all it wants may say so before it has its answer.
        .childChannelOption(.allowRemoteHalfClosure, value: true)
        .childChannelInitializer { connection in
          connection.eventLoop.makeCompletedFuture { try Self.prepare(connection.pipeline.syncOperations, answer) }
        }
        .bind(to: address).wait()
    } catch let error as IOError {
      if error.errnoCode == EADDRINUSE { throw PortTaken(address: "\(host):\(port)") }
      throw Self.noAddress(host, String(cString: strerror(error.errnoCode)))
    }
    let name = listener.localAddress?.ipAddress ?? host
    url = "http://\(name.containsExactly(":") ? "[\(name)]" : name):\(listener.localAddress?.port ?? port)/"
    isLoopback = name.beginsExactly(with: "127.") || name == "::1"
  }

  private static func noAddress(_ host: String, _ reason: String) -> UsageError {
    UsageError("cannot listen on \(host): \(reason)", hint: "--host 127.0.0.1 is this machine, and the default")
  }

  /// What a connection's bytes go through.
  private static func prepare(
    _ pipeline: ChannelPipeline.SynchronousOperations, _ answer: @escaping @Sendable (WatchRequest) -> WatchResponse
  ) throws {
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderFieldSize = mostBytes
    limits.maxHeaderListSize = mostBytes
    try pipeline.configureHTTPServerPipeline(withEncoderConfiguration: .init(), withDecoderLimitConfiguration: limits)
    // Behind the parser, it counts whole requests: a client that sends a byte now and then is idle all the same.
    try pipeline.addHandlers([IdleStateHandler(allTimeout: patience), RequestHandler(answer)])
  }

  /// Waits while requests are answered, until a signal ends the process.
  /// - Throws: Ended.
  func wait() throws {
    try listener.closeFuture.wait()
    throw Ended()
  }
}
