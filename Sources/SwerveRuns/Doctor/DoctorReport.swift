import LuaRuntime
import SwerveFiles
import SwerveTensor
import SwerveText

/// Describes this machine, what swerve guarantees on it, and whether its math is right.
package struct DoctorReport {
  private let machine: [(String, String)]
  private let hasBLAS: Bool
  private let checks: [SelfTest.Check]

  /// - Parameter threads: the number of threads of the self-test.
  package static func make(threads: Int, cores: Int) -> DoctorReport {
    let blas = OpenBLAS.ifPresent
    let machine: [(String, String?)] = [
      ("swerve", swerveVersion), ("math version", "\(mathVersion)"), ("processor", Processor.model()),
      ("architecture", architecture), ("cores", "\(cores)"), ("vectors of this build", vectorBuild),
      ("Swift compiler", compiler), ("Lua", luaVersion), ("OpenBLAS", blas?.config), ("OpenBLAS core", blas?.core),
    ]
    return DoctorReport(
      machine: machine.compactMap { key, value in value.map { (key, $0) } }, hasBLAS: blas != nil,
      checks: SelfTest.run(threads: threads))
  }

  package var isHealthy: Bool { checks.allSatisfy(\.isHealthy) }

  private static let promised = [
    "math exact: the same script, options and seed give the same bits as on every other machine with this math version,",
    "at any number of threads, in debug and release builds, at any vector width: every logged number, token and weight",
  ]
  private static let notPromised = [
    "wall time and memory; the order of console lines of parallel jobs",
    "results under math blas on another machine: they hold for this processor and this OpenBLAS",
  ]

  package func text(withPromises: Bool) -> String {
    let none = hasBLAS ? [] : [["OpenBLAS", "none; only --math blas needs it"]]
    var text = TextTable.text(machine.map { [$0.0, $0.1] } + none) + "\n"
    if withPromises {
      text += isHealthy ? "promised here:\n" : "promised where the self-test passes, which it does not here:\n"
      text += Self.promised.map { "  \($0)\n" }.joined()
      text += "not promised:\n" + Self.notPromised.map { "  \($0)\n" }.joined() + "\n"
    }
    let rows = checks.map { check in
      [
        check.name, check.isHealthy ? "ok" : "FAILED",
        check.isHealthy ? check.found : "\(check.found), not \(check.expected)",
      ]
    }
    text += TextTable.text([["SELF-TEST", "", "FOUND"]] + rows)
    if !isHealthy {
      text +=
        "\nThe self-test failed: runs of this program do not compare with those of other machines. Build it again "
        + "with SWERVE_MARCH=x86-64-v3; if it still fails, report the table.\n"
    }
    return text
  }

  package var json: JSONValue {
    [
      "healthy": .bool(isHealthy), "machine": .object(machine.map { JSONMember($0.0, .string($0.1)) }),
      "promised": .string(Self.promised.joined(separator: " ")),
      "not_promised": .array(Self.notPromised.map { .string($0) }),
      "self_test": .array(
        checks.map {
          [
            "name": .string($0.name), "ok": .bool($0.isHealthy), "expected": .string($0.expected),
            "found": .string($0.found),
          ]
        }),
    ]
  }

  private static var architecture: String {
    #if arch(x86_64)
      "x86-64"
    #elseif arch(arm64)
      "arm64"
    #else
      "not tested"
    #endif
  }

  private static var compiler: String {
    #if compiler(>=6.4)
      "6.4 or later"
    #elseif compiler(>=6.3)
      "6.3"
    #elseif compiler(>=6.2)
      "6.2"
    #else
      "6.1 or earlier"
    #endif
  }

  private static var luaVersion: String {
    let state = LuaState { _ in }
    return (try? state.load("return _VERSION", chunkName: "doctor").call().first?.asString) ?? "unknown"
  }
}
