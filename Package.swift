// swift-tools-version: 6.2
import Foundation
import PackageDescription

// The vector width is chosen from the machine that builds; SWERVE_MARCH overrides it. No width changes a bit.
let cpuFlags = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
let environment = ProcessInfo.processInfo.environment
let march =
  environment["SWERVE_MARCH"]
  ?? (cpuFlags.contains("avx512f") ? "x86-64-v4" : cpuFlags.contains("avx2") ? "x86-64-v3" : "native")
let strict: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]
// The kernels are generic SIMD code that is a thousand times slower unoptimized, so a debug build optimizes them too;
// SWERVE_PLAIN_DEBUG=1 leaves them as the rest.
let optimized: [SwiftSetting] =
  environment["SWERVE_PLAIN_DEBUG"] == nil ? [.unsafeFlags(["-O"], .when(configuration: .debug))] : []
let numeric: [SwiftSetting] =
  strict + [.unsafeFlags(["-Xcc", "-march=\(march)"])] + optimized
  + (march == "x86-64-v4" ? [.define("SWERVE_AVX512")] : [])
// So that the program can refuse to start on a processor that lacks them, before it runs any of their instructions.
let instructions: [SwiftSetting] =
  march == "x86-64-v4"
  ? [.define("SWERVE_NEEDS_V4")] : march == "x86-64-v3" ? [.define("SWERVE_NEEDS_V3")] : []

let package = Package(
  name: "swerve",
  products: [.executable(name: "swerve", targets: ["swerve"])],
  dependencies: [
    // Subcommands, help pages and "did you mean" for flags.
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    // SHA-256 at the speed of the processor's own instructions.
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
  ],
  targets: [
    // The executable: parse, call one function of SwerveRuns, turn errors into text and exit codes.
    .executableTarget(
      name: "swerve",
      dependencies: ["SwerveRuns", "SwerveText", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      swiftSettings: strict),
    // A run as data: execute, record, replay, compare. Files, hashes and clocks live only here.
    .target(
      name: "SwerveRuns",
      dependencies: ["SwerveScript", "SwerveText", "CSQLite", .product(name: "Crypto", package: "swift-crypto")],
      swiftSettings: strict + instructions),
    // What Lua can say: the API, declared once.
    .target(name: "SwerveScript", dependencies: ["SwerveRL", "SwerveText", "LuaRuntime"], swiftSettings: strict),
    // Rollouts, advantages, KL, rules and schedules as protocols, the training loops, tasks. No Lua, no files.
    .target(name: "SwerveRL", dependencies: ["SwerveModel", "SwerveText"], swiftSettings: strict),
    // The transformer: layout, forward, backward, KV cache, sampler, optimizer, tokenizer, checkpoints as bytes.
    .target(name: "SwerveModel", dependencies: ["SwerveTensor", "SwerveText"], swiftSettings: numeric),
    // Buffers, kernels, the tape, random streams, shards and threads; the only importer of OpenBLAS and CVector.
    .target(name: "SwerveTensor", dependencies: ["COpenBLAS", "CVector", "SwerveText"], swiftSettings: numeric),
    // Safe, deterministic Lua for Swift; the only importer of CLuaShim.
    .target(name: "LuaRuntime", dependencies: ["CLuaShim", "SwerveText"], swiftSettings: strict),
    // Text of users, compared by its bytes; everything that compares text imports it.
    .target(name: "SwerveText", swiftSettings: strict),
    // The only C, and the only file that includes lua.h: no Lua error ever unwinds a Swift frame.
    .target(
      name: "CLuaShim", dependencies: ["CLua"], cSettings: [.unsafeFlags(["-Werror", "-Wall", "-Wextra", "-O2"])]),
    // Finds Lua; its module map declares nothing, so that Swift can't name a raising function.
    .systemLibrary(name: "CLua", pkgConfig: "lua5.4", providers: [.apt(["liblua5.4-dev"])]),
    // Inline functions for single instructions that Swift can't name.
    .systemLibrary(name: "CVector"),
    .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    // A cache that several processes may write at once: the index of a folder of runs.
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    // Fixtures, twins in Double, closeness: what several test targets share.
    .target(
      name: "SwerveTestSupport", dependencies: ["SwerveModel"], path: "Tests/SwerveTestSupport", swiftSettings: strict),
    // Random hostile scripts for the sandbox: a library for the tests, and a program for long draws.
    .target(name: "LuaFuzzing", dependencies: ["LuaRuntime"], path: "Tests/LuaFuzzing", swiftSettings: strict),
    .executableTarget(
      name: "lua-fuzzer", dependencies: ["LuaFuzzing"], path: "Tests/LuaFuzzer", swiftSettings: strict),
    // The same for every file that is read.
    .target(
      name: "FileFuzzing", dependencies: ["SwerveRuns", "SwerveText", "SwerveTestSupport"], path: "Tests/FileFuzzing",
      swiftSettings: strict),
    .executableTarget(
      name: "file-fuzzer", dependencies: ["FileFuzzing"], path: "Tests/FileFuzzer", swiftSettings: strict),
    .testTarget(name: "SwerveTextTests", dependencies: ["SwerveText"], swiftSettings: strict),
    .testTarget(
      name: "SwerveTensorTests", dependencies: ["SwerveTensor", "SwerveTestSupport"], swiftSettings: strict),
    .testTarget(name: "SwerveModelTests", dependencies: ["SwerveModel", "SwerveTestSupport"], swiftSettings: strict),
    .testTarget(name: "SwerveRLTests", dependencies: ["SwerveRL", "SwerveTestSupport"], swiftSettings: strict),
    .testTarget(
      name: "LuaRuntimeTests", dependencies: ["LuaRuntime", "LuaFuzzing", "SwerveText", "SwerveTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "SwerveScriptTests", dependencies: ["SwerveScript", "SwerveText", "SwerveTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "SwerveRunsTests", dependencies: ["SwerveRuns", "SwerveText", "SwerveTestSupport", "FileFuzzing"],
      swiftSettings: strict),
    // They run the built program.
    .testTarget(
      name: "SwerveCLITests", dependencies: ["swerve", "SwerveRuns", "SwerveTestSupport"], swiftSettings: strict),
  ]
)
