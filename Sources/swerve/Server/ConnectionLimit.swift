import Glibc
import NIOCore

/// Closes connections that are too many as soon as they are accepted.
final class ConnectionLimit: ChannelInboundHandler {
  /// A new connection.
  typealias InboundIn = any Channel

  /// 64; fewer where the process may open few files (`ulimit -n`). SwiftNIO does not rest while there is no free descriptor
  /// for a connection that waits.
  private static let mostConnections = {
    var files = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files)
    return min(64, Int(clamping: files.rlim_cur) / 2)
  }()

  private var open = 0

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let connection = unwrapInboundIn(data)
    guard open < Self.mostConnections else { return connection.close(promise: nil) }
    open += 1
    connection.closeFuture.assumeIsolated().whenComplete { _ in self.open -= 1 }
    context.fireChannelRead(data)
  }
}
