import Glibc

/// The variables of this process's environment.
package enum Environment {
  /// Nil where it is not set.
  package static func value(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  /// A whole number; nil where it is not set or is no number.
  package static func number(_ name: String) -> Int? { value(name).flatMap { Int($0) } }
}
