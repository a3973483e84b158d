import SwerveText

/// A request of HTTP/1.1 without a body (RFC 9112): everything up to the empty line.
struct HTTPRequest {
  let method: String
  let target: String
  let headers: Headers
  /// Whether the other side wants to ask more over the same connection.
  let keepsConnection: Bool

  /// Header fields by name.
  struct Headers {
    fileprivate var fields: [(name: String, value: String)] = []

    /// - Parameter name: in lower case.
    /// - Returns: nil if the field is not there.
    subscript(name: String) -> String? { fields.first { $0.name === name }?.value }

    fileprivate func count(_ name: String) -> Int { fields.count { $0.name === name } }
  }

  /// Why a text is no request that is answered.
  enum Problem: Int, Error {
    case malformed = 400
    case hasBody = 413
    case version = 505

    var text: String {
      switch self {
      case .malformed: "This is not a request of HTTP/1.1."
      case .hasBody: "Requests with a body are not answered."
      case .version: "Only HTTP/1.0 and HTTP/1.1 are answered."
      }
    }
  }

  /// - Parameter head: the bytes before the empty line.
  /// - Throws: Problem. Two headers Host are malformed: which of them counts would be a guess.
  init(head: ArraySlice<UInt8>) throws(Problem) {
    guard let text = String(validating: head, as: UTF8.self) else { throw .malformed }
    // Each line but the last ends with CR LF.
    var lines = text.pieces(at: "\n", omittingEmpty: false)[...]
    guard lines.dropLast().allSatisfy({ $0.endsExactly(with: "\r") }) else { throw .malformed }
    lines = (lines.dropLast().map { $0.start(before: "\r") ?? $0 } + lines.suffix(1))[...]
    let parts = (lines.popFirst() ?? "").pieces(at: " ", omittingEmpty: false)
    guard parts.count == 3, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x21...0x7e).contains($0) } })
    else { throw .malformed }
    guard ["HTTP/1.0", "HTTP/1.1"].containsExactly(parts[2]) else { throw .version }
    var headers = Headers()
    for line in lines {
      let sides = line.pieces(at: ":", most: 2, omittingEmpty: false)
      guard sides.count == 2, Self.isToken(sides[0]), !sides[1].utf8.contains(where: { $0 < 0x20 && $0 != 0x09 })
      else { throw .malformed }
      headers.fields.append((sides[0].lowercased(), Self.trimmed(sides[1])))
    }
    guard headers.count("host") <= 1 else { throw .malformed }
    // What follows would be read as the next request.
    guard headers["transfer-encoding"] == nil, headers["content-length"].map({ $0 == "0" }) ?? true else {
      throw .hasBody
    }
    method = parts[0]
    target = parts[1]
    self.headers = headers
    keepsConnection = parts[2] == "HTTP/1.1" && headers["connection"]?.lowercased() != "close"
  }

  /// A name of a field: letters, digits and some marks.
  private static func isToken(_ text: String) -> Bool {
    !text.isEmpty
      && text.unicodeScalars.allSatisfy { isWordScalar($0) || "!#$%&'*+-.^`|~".unicodeScalars.contains($0) }
  }

  private static func trimmed(_ text: String) -> String {
    let isSpace = { (scalar: Unicode.Scalar) in scalar == " " || scalar == "\t" }
    let rest = text.unicodeScalars.drop(while: isSpace)
    return String(String.UnicodeScalarView(rest.reversed().drop(while: isSpace).reversed()))
  }
}

/// An answer. Its values have no line ends, because the program makes them.
struct HTTPResponse {
  let status: Int
  let headers: [(name: String, value: String)]
  let body: [UInt8]

  /// - Parameter hasBody: false for HEAD, whose answer says how long the body would be.
  func bytes(hasBody: Bool, keepsConnection: Bool) -> [UInt8] {
    let own = [("Content-Length", "\(body.count)"), ("Connection", keepsConnection ? "keep-alive" : "close")]
    let head =
      "HTTP/1.1 \(status) \(Self.reason(status))\r\n"
      + (headers + own).map { "\($0.0): \($0.1)\r\n" }.joined() + "\r\n"
    return Array(head.utf8) + (hasBody ? body : [])
  }

  static func problem(_ problem: HTTPRequest.Problem) -> HTTPResponse {
    HTTPResponse(
      status: problem.rawValue, headers: [("Content-Type", "text/plain; charset=utf-8")],
      body: Array((problem.text + "\n").utf8))
  }

  private static func reason(_ status: Int) -> String {
    switch status {
    case 200: "OK"
    case 400: "Bad Request"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 413: "Content Too Large"
    case 421: "Misdirected Request"
    case 505: "HTTP Version Not Supported"
    default: "Error"
    }
  }
}
