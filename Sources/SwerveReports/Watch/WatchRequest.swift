import SwerveText

/// A request to the page, as far as it matters.
package struct WatchRequest: Sendable {
  package let method: String
  /// The path and the query as they were sent.
  package let target: String
  /// The header Host; nil if there is none.
  package let host: String?

  package init(method: String, target: String, host: String?) {
    self.method = method
    self.target = target
    self.host = host
  }

  /// The path without the query.
  var path: String { target.pieces(at: "?", most: 2, omittingEmpty: false)[0] }

  /// The value of a parameter; nil if it is not there, is there twice, or is no UTF-8 text.
  func parameter(_ name: String) -> String? {
    let parts = target.pieces(at: "?", most: 2, omittingEmpty: false)
    guard parts.count == 2 else { return nil }
    let found = parts[1].pieces(at: "&").compactMap { pair -> String?? in
      let sides = pair.pieces(at: "=", most: 2, omittingEmpty: false)
      return sides[0] === name ? .some(Self.decoded(sides.count == 2 ? sides[1] : "")) : nil
    }
    return found.count == 1 ? found[0] : nil
  }

  /// A text in which %XX stands for a byte.
  private static func decoded(_ text: String) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else { return nil }
      bytes.append(high << 4 | low)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
  }
}

/// An answer to a request.
package struct WatchResponse: Sendable {
  package let status: Int
  /// Name and value, in order.
  package let headers: [(name: String, value: String)]
  package let body: [UInt8]

  /// What every answer says to the browser: run nothing from elsewhere, show the page in no other page, keep nothing.
  private static let usual: [(name: String, value: String)] = [
    ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"), ("Cross-Origin-Opener-Policy", "same-origin"),
    ("X-Frame-Options", "DENY"),
  ]

  init(status: Int = 200, type: String, policy: String = "default-src 'none'; frame-ancestors 'none'", body: [UInt8]) {
    self.status = status
    headers = [("Content-Type", type), ("Content-Security-Policy", policy)] + Self.usual
    self.body = body
  }

  static func json(_ value: JSONValue) -> WatchResponse {
    WatchResponse(type: "application/json", body: Array(value.compact().utf8))
  }

  /// - Parameter text: a sentence for whoever asked. It holds nothing of the request.
  package static func error(_ status: Int, _ text: String) -> WatchResponse {
    WatchResponse(status: status, type: "text/plain; charset=utf-8", body: Array((text + "\n").utf8))
  }
}
