import SwerveText

/// Which names of this machine a request may use. A page of a stranger can let its own name point to this machine ("DNS
/// rebinding") and would then read the answers. Its requests carry that name, so only names that no stranger can give are
/// answered: those of loopback, addresses in digits, and what the user allowed.
struct HostCheck {
  private let allowed: [String]

  /// - Parameter allowed: the host that the server listens on.
  init(allowed: String) { self.allowed = ["localhost", allowed.lowercased()] }

  /// - Parameter header: the header Host, such as "127.0.0.1:7420" or "[::1]:7420".
  func accepts(_ header: String?) -> Bool {
    guard let header, let host = Self.name(header.lowercased()) else { return false }
    return allowed.containsExactly(host) || Self.isAddress(host)
  }

  /// The host without its port; nil for a malformed text.
  private static func name(_ header: String) -> String? {
    if let rest = header.rest(after: "[") {
      let parts = rest.pieces(at: "]", most: 2, omittingEmpty: false)
      guard parts.count == 2, isPort(parts[1]) else { return nil }
      return parts[0]
    }
    let parts = header.pieces(at: ":", most: 2, omittingEmpty: false)
    return parts.count == 1 || isPort(":" + parts[1]) ? parts[0] : nil
  }

  private static func isPort(_ text: String) -> Bool {
    text.isEmpty
      || text.rest(after: ":").map { !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } } ?? false
  }

  /// Whether it is written in digits: four numbers up to 255, or an IPv6 address.
  private static func isAddress(_ host: String) -> Bool {
    if host.containsExactly(":") {
      return host.utf8.allSatisfy {
        $0 == 0x3a || $0 == 0x2e || (0x30...0x39).contains($0) || (0x61...0x66).contains($0)
      }
    }
    let parts = host.pieces(at: ".", omittingEmpty: false)
    return parts.count == 4
      && parts.allSatisfy { part in
        part.utf8.allSatisfy { (0x30...0x39).contains($0) } && UInt8(part) != nil
      }
  }
}
