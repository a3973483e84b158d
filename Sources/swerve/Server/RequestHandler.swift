import NIOCore
import NIOHTTP1
import NIOPosix
import SwerveReports

/// Answers the requests of one connection, one after the other. What is no request of HTTP/1.1 was refused before.
final class RequestHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private enum State {
    case waiting, answering, sending
  }

  /// How much of an answer a client must take, in bytes, before its time begins anew.
  private static let pieceSize = 64 << 10

  /// Most answers wait for the files that another one reads. The page itself does not, as long as a thread is free.
  private static let threads = {
    let pool = NIOThreadPool(numberOfThreads: 8)
    pool.start()
    return pool
  }()

  private let answer: @Sendable (WatchRequest) -> WatchResponse
  private var state = State.waiting
  private var request: HTTPRequestHead?
  /// Whether the connection ends after the answer to this request.
  private var isLast = false

  init(_ answer: @escaping @Sendable (WatchRequest) -> WatchResponse) { self.answer = answer }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      if head.headers["host"].count > 1 {
        // Which of them counts would be a guess.
        refuse(.error(400, "A request names one host."), context)
      } else if head.headers.contains(name: "transfer-encoding")
        || !head.headers["content-length"].allSatisfy({ $0 == "0" })
      {
        refuse(.error(413, "Requests with a body are not answered."), context)
      } else {
        request = head
      }
    case .body: break
    case .end: if let head = request.take() { find(head, context) }
    }
  }

  /// Finds the answer on another thread, because that reads files.
  private func find(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
    state = .answering
    // After a request for another protocol, the parser keeps what follows for that protocol.
    isLast = !head.isKeepAlive || head.headers.contains(name: "upgrade") || head.method == .CONNECT
    let request = WatchRequest(method: head.method.rawValue, target: head.uri, host: head.headers["host"].first)
    Self.threads.runIfActive(eventLoop: context.eventLoop) { [answer] in answer(request) }
      .assumeIsolated().whenSuccess { self.send($0, hasBody: head.method != .HEAD, context) }
  }

  /// - Parameter hasBody: false for HEAD, whose answer says how long the body would be.
  private func send(_ answer: WatchResponse, hasBody: Bool, _ context: ChannelHandlerContext) {
    state = .sending
    let sent = context.eventLoop.makePromise(of: Void.self)
    write(answer, hasBody: hasBody, context, sent)
    sent.futureResult.assumeIsolated().whenSuccess {
      if self.isLast { return context.close(promise: nil) }
      self.state = .waiting
      // Not earlier, because it lets the next request in: a client that takes no answers could ask for more and more.
      context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: nil)
    }
  }

  /// Ends the connection, whatever else comes over it.
  private func refuse(_ answer: WatchResponse, _ context: ChannelHandlerContext) {
    isLast = true
    write(answer, hasBody: true, context, nil)
    context.close(promise: nil)
  }

  /// - Parameter sent: is kept when all of it left.
  private func write(
    _ answer: WatchResponse, hasBody: Bool, _ context: ChannelHandlerContext, _ sent: EventLoopPromise<Void>?
  ) {
    var headers = HTTPHeaders(answer.headers.map { ($0.name, $0.value) })
    headers.add(name: "Content-Length", value: "\(answer.body.count)")
    headers.add(name: "Connection", value: isLast ? "close" : "keep-alive")
    let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: answer.status), headers: headers)
    var parts = [HTTPServerResponsePart.head(head)]
    var rest = ByteBuffer(bytes: hasBody ? answer.body : [])
    while let piece = rest.readSlice(length: min(rest.readableBytes, Self.pieceSize)), piece.readableBytes > 0 {
      parts.append(.body(.byteBuffer(piece)))
    }
    for part in parts.dropLast() { context.write(Self.wrapOutboundOut(part), promise: nil) }
    context.writeAndFlush(Self.wrapOutboundOut(parts[parts.count - 1]), promise: sent)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    switch event {
    case ChannelEvent.inputClosed:
      // The other side asks nothing more. It may still wait for an answer.
      isLast = true
      if state == .waiting { context.close(promise: nil) }
    case is IdleStateHandler.IdleStateEvent:
      // That an answer takes its time is no fault of the client.
      if state != .answering { context.close(promise: nil) }
    default: context.fireUserInboundEventTriggered(event)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
