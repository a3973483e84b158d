import SwerveFiles
import SwerveText

/// What Linux says about this machine's processor, without anything that identifies the machine.
///
/// This module is built without the instructions that the kernels need, so that it can report if they are missing.
package enum Processor {
  /// The processor's model as Linux names it; "unknown" if it does not. Never compared.
  package static func model() -> String {
    guard let bytes = try? POSIXFile.read("/proc/cpuinfo") else { return "unknown" }
    for line in bytes.split(separator: UInt8(ascii: "\n")) where line.starts(with: "model name".utf8) {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
      let name = line[(colon + 1)...].drop { $0 == UInt8(ascii: " ") }
      return String(decoding: name, as: UTF8.self)
    }
    return "unknown"
  }

  /// The target of this build and the features that Linux must list for it; nil for a build that runs on any x86-64
  /// processor, and for a build for this machine ("native").
  private static var needed: (build: String, features: [String])? {
    #if SWERVE_NEEDS_V4
      ("x86-64-v4", v3 + v4)
    #elseif SWERVE_NEEDS_V3
      ("x86-64-v3", v3)
    #else
      nil
    #endif
  }

  /// The names are those of /proc/cpuinfo; abm includes lzcnt.
  static let v3 = ["abm", "avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "movbe"]
  static let v4 = ["avx512bw", "avx512cd", "avx512dq", "avx512f", "avx512vl"]

  /// Checks that the processor has the instructions that the kernels were built with.
  /// - Throws: UnsupportedProcessor if a feature is missing. If /proc/cpuinfo lists no features, nothing is known and
  ///   nothing is thrown.
  package static func requireInstructions() throws {
    guard let needed, let text = try? POSIXFile.read("/proc/cpuinfo") else { return }
    let lacks = missing(needed.features, in: String(decoding: text, as: UTF8.self))
    if !lacks.isEmpty { throw UnsupportedProcessor(build: needed.build, lacks: lacks) }
  }

  /// The features that the first line of flags does not list.
  static func missing(_ features: [String], in cpuinfo: String) -> [String] {
    guard let line = cpuinfo.pieces(at: "\n").first(where: { $0.beginsExactly(with: "flags") }) else { return [] }
    let present = line.pieces(at: " ")
    return features.filter { !present.containsExactly(Substring($0)) }
  }
}

/// The program contains instructions that the processor does not have.
package struct UnsupportedProcessor: UserFacingError, Equatable {
  let build: String
  let lacks: [String]

  package init(build: String, lacks: [String]) {
    self.build = build
    self.lacks = lacks
  }

  package var message: String {
    "this swerve was built for \(build), but this processor lacks \(lacks.joined(separator: ", ")); build it on this machine"
      + ", or with SWERVE_MARCH=x86-64-v3 (x86-64 on the oldest) in front of `make build`"
  }
}
