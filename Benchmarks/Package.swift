// swift-tools-version: 6.2
import Foundation
import PackageDescription

// The kernels' micro-benchmarks: a package of its own, so that the main build needs nothing of it. The modules under test
// are symbolic links to the main package's folders, which gives access to what they declare as `package`.

// As in ../Package.swift: the kernels must be compiled as the program's are.
let cpuFlags = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
let march =
  ProcessInfo.processInfo.environment["SWERVE_MARCH"]
  ?? (cpuFlags.contains("avx512f") ? "x86-64-v4" : cpuFlags.contains("avx2") ? "x86-64-v3" : "native")
let strict: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]
let numeric: [SwiftSetting] =
  strict + [.unsafeFlags(["-Xcc", "-march=\(march)"])] + (march == "x86-64-v4" ? [.define("SWERVE_AVX512")] : [])

let package = Package(
  name: "Benchmarks",
  dependencies: [
    // The timing loop: as many runs as a given time holds. Its table has no place for a share of a limit, and neither has
    // that of ordo-one/benchmark, which also replaces malloc; so the table is this package's own.
    .package(url: "https://github.com/google/swift-benchmark", from: "0.1.2")
  ],
  targets: [
    .executableTarget(
      name: "KernelBenchmarks",
      dependencies: [
        "MachineLimits", "SwerveRL", .product(name: "Benchmark", package: "swift-benchmark"),
      ],
      swiftSettings: strict),
    // What the machine can do at best, in loops that must be compiled beside the functions that they call.
    .target(name: "MachineLimits", dependencies: ["CVector"], swiftSettings: numeric),
    .target(name: "SwerveRL", dependencies: ["SwerveModel", "SwerveText"], swiftSettings: strict),
    .target(name: "SwerveModel", dependencies: ["SwerveTensor", "SwerveText"], swiftSettings: numeric),
    .target(name: "SwerveTensor", dependencies: ["COpenBLAS", "CVector", "SwerveText"], swiftSettings: numeric),
    .target(name: "SwerveText", swiftSettings: strict),
    .systemLibrary(name: "CVector"),
    .target(name: "COpenBLAS", cSettings: [.unsafeFlags(["-O2"])]),
  ]
)
