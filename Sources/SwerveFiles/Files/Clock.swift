import Glibc

/// Dates for people, and times to tell the age of files. Nothing that is compared is computed from them.
package enum Clock {
  /// Nanoseconds since 1970, as file systems count them.
  package static func nanoseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int(time.tv_sec) * 1_000_000_000 + Int(time.tv_nsec)
  }

  /// The time in UTC, such as 2026-11-21T09:30:00Z.
  package static func now() -> String {
    var seconds = time(nil)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    func two(_ number: Int32) -> String { (number < 10 ? "0" : "") + "\(number)" }
    return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
      + "T\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))Z"
  }

  /// Seconds since 1970 at a time that `now` wrote; nil for another text.
  package static func seconds(_ text: String) -> Int? {
    let pattern = Array("dddd-dd-ddTdd:dd:ddZ".utf8)
    let bytes = Array(text.utf8)
    let digit = UInt8(ascii: "d")
    guard bytes.count == pattern.count,
      zip(bytes, pattern).allSatisfy({ $1 == digit ? (0x30...0x39).contains($0) : $0 == $1 })
    else { return nil }
    func number(_ range: Range<Int>) -> Int32 { bytes[range].reduce(0) { $0 * 10 + Int32($1 - 0x30) } }
    var parts = tm()
    parts.tm_year = number(0..<4) - 1900
    parts.tm_mon = number(5..<7) - 1
    parts.tm_mday = number(8..<10)
    (parts.tm_hour, parts.tm_min, parts.tm_sec) = (number(11..<13), number(14..<16), number(17..<19))
    let seconds = timegm(&parts)
    return seconds < 0 ? nil : seconds
  }
}
