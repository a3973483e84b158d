/// What can be said about the machine without asking anything that identifies it. Never compared.
package enum Machine {
  /// The processor's model as Linux names it; "unknown" where it does not.
  package static func cpuModel() -> String {
    guard let bytes = try? POSIXFile.read("/proc/cpuinfo") else { return "unknown" }
    for line in bytes.split(separator: UInt8(ascii: "\n")) where line.starts(with: "model name".utf8) {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
      let name = line[(colon + 1)...].drop { $0 == UInt8(ascii: " ") }
      return String(decoding: name, as: UTF8.self)
    }
    return "unknown"
  }
}
