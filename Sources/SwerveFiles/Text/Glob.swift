/// A pattern for names: `*` stands for any text, including none, `?` for one character, and everything else for itself.
package struct Glob: Equatable, Sendable {
  package let pattern: String

  package init(_ pattern: String) { self.pattern = pattern }

  /// True when the pattern covers the whole name. Takes at most (length of the pattern) x (length of the name) steps.
  package func matches(_ name: String) -> Bool {
    let pattern = Array(pattern.unicodeScalars)
    let name = Array(name.unicodeScalars)
    var p = 0
    var n = 0
    // The index of the last star, and the end of the part of the name that it covers. On a mismatch it covers one more
    // character.
    var star: (p: Int, n: Int)?
    while n < name.count {
      if p < pattern.count, pattern[p] == "*" {
        star = (p, n)
        p += 1
      } else if p < pattern.count, pattern[p] == "?" || pattern[p] == name[n] {
        p += 1
        n += 1
      } else if let last = star {
        star = (last.p, last.n + 1)
        p = last.p + 1
        n = last.n + 1
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == "*" }
  }
}
