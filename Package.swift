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
// SWERVE_PLAIN_DEBUG=1 builds them like the rest.
let optimized: [SwiftSetting] =
  environment["SWERVE_PLAIN_DEBUG"] == nil ? [.unsafeFlags(["-O"], .when(configuration: .debug))] : []
let numeric: [SwiftSetting] =
  strict + [.unsafeFlags(["-Xcc", "-march=\(march)"])] + optimized
  + (march == "x86-64-v4" ? [.define("SWERVE_AVX512")] : [])
// Flags for the instructions that this build needs. With them, the program refuses to start on a processor that lacks
// these instructions, before it runs any of them.
let instructions: [SwiftSetting] =
  march == "x86-64-v4"
  ? [.define("SWERVE_NEEDS_V4")] : march == "x86-64-v3" ? [.define("SWERVE_NEEDS_V3")] : []

// packaging/build sets this for a program that needs nothing but the C library. It changes how the program is linked, and
// nothing that is compiled. Archives stand in front of the objects that need them, which lld allows and gold does not. The
// two libraries are those that Swift's FoundationEssentials needs, which swift-argument-parser uses.
let linking: [LinkerSetting] =
  environment["SWERVE_SELF_CONTAINED"] == "1"
  ? [
    .unsafeFlags([
      "-static-stdlib", "-use-ld=lld", "-Xclang-linker", "-static-libgcc",
      "-L\(Context.packageDirectory)/.build/archives",
    ]), .linkedLibrary("_FoundationCollections"), .linkedLibrary("_FoundationCShims"),
  ] : []

let package = Package(
  name: "swerve",
  products: [.executable(name: "swerve", targets: ["swerve"])],
  dependencies: [
    // Subcommands, help pages and "did you mean" for flags.
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    // HTTP for the page of `swerve watch`: the parser of requests, and connections with limits of time and size.
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
  ],
  targets: [
    // The executable: parses, calls one function, prints, turns errors into text and exit codes. The only importer of
    // SwiftNIO.
    .executableTarget(
      name: "swerve",
      dependencies: [
        "SwerveReports", "SwerveRuns", "SwerveRecords", "SwerveFiles", "SwerveScript", "SwerveRL", "SwerveModel",
        "SwerveTensor", "LuaRuntime", "SwerveText",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ],
      swiftSettings: strict, linkerSettings: linking),
    // What people look at: charts, report, list, query and index of runs, plan, rule and sweep as text. It reads
    // records and trains nothing. What a command computes is passed to it as a value. The only importer of CSQLite.
    .target(
      name: "SwerveReports",
      dependencies: [
        "SwerveRecords", "SwerveFiles", "SwerveScript", "SwerveRL", "SwerveTensor", "LuaRuntime", "SwerveText",
        "CSQLite",
      ],
      // The page of `swerve watch`, in the program itself.
      resources: ["html", "css", "js"].map { .embedInCode("Watch/Page/watch.\($0)") },
      swiftSettings: strict),
    // What executes work: run, resume, replay, sweep, test, locate, bench, pack, jobs of a Slurm cluster.
    .target(
      name: "SwerveRuns",
      dependencies: [
        "SwerveRecords", "SwerveFiles", "SwerveScript", "SwerveRL", "SwerveModel", "SwerveTensor", "LuaRuntime",
        "SwerveText", "CMPI",
      ],
      swiftSettings: strict + instructions),
    // The formats: manifest, step lines, hash chain, checkpoint files, golden files, and how two of them compare.
    .target(
      name: "SwerveRecords",
      dependencies: ["SwerveFiles", "SwerveRL", "SwerveModel", "LuaRuntime", "SwerveText"], swiftSettings: strict),
    // Bytes and processes: whole-file writes, digests, locks, child processes, text tables. It knows no learning. The
    // only importer of CSHA256.
    .target(name: "SwerveFiles", dependencies: ["SwerveText", "CSHA256"], swiftSettings: strict),
    // The API that Lua scripts see, declared once.
    .target(
      name: "SwerveScript", dependencies: ["SwerveRL", "SwerveModel", "SwerveTensor", "LuaRuntime", "SwerveText"],
      swiftSettings: strict),
    // Rollouts, advantages, KL, rules and schedules as protocols, the training loops, tasks. No Lua, no files.
    .target(name: "SwerveRL", dependencies: ["SwerveModel", "SwerveTensor", "SwerveText"], swiftSettings: strict),
    // The transformer: layout, forward, backward, KV cache, sampler, optimizer, tokenizer, checkpoints as bytes.
    .target(name: "SwerveModel", dependencies: ["SwerveTensor", "SwerveText"], swiftSettings: numeric),
    // Buffers, kernels, the tape, random streams, shards and threads; the only importer of OpenBLAS and CVector.
    .target(name: "SwerveTensor", dependencies: ["COpenBLAS", "CVector", "SwerveText"], swiftSettings: numeric),
    // Safe, deterministic Lua for Swift; the only importer of CLuaShim.
    .target(name: "LuaRuntime", dependencies: ["CLuaShim", "SwerveText"], swiftSettings: strict),
    // Text: exact comparison by bytes, JSON, records, errors as a user sees them. Below all modules. Data files of a
    // gigabyte go through it byte by byte.
    .target(name: "SwerveText", swiftSettings: strict + optimized),
    // The only code that includes lua.h: no Lua error ever unwinds a Swift frame.
    .target(
      name: "CLuaShim", dependencies: ["CLua"], cSettings: [.unsafeFlags(["-Werror", "-Wall", "-Wextra", "-O2"])]),
    // MPI, opened while the program runs: nothing needs it to build or to start. Only SwerveRuns imports it.
    .target(name: "CMPI", cSettings: [.unsafeFlags(["-Werror", "-Wall", "-Wextra", "-O2"])]),
    // OpenBLAS, opened while the program runs, if `--math blas` asks for it.
    .target(name: "COpenBLAS", cSettings: [.unsafeFlags(["-Werror", "-Wall", "-Wextra", "-O2"])]),
    // Finds Lua. Its module map declares nothing, so that Swift can't name a function that raises Lua errors.
    .systemLibrary(name: "CLua", pkgConfig: "lua5.4", providers: [.apt(["liblua5.4-dev"])]),
    // Inline functions for single instructions that Swift can't name.
    .systemLibrary(name: "CVector"),
    // SHA-256 at the speed of the processor's own instructions.
    .systemLibrary(name: "CSHA256", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    // A cache that several processes may write at once: the index of a folder of runs.
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    // What several test targets share: fixtures, reference computations in Double, checks of closeness.
    .target(
      name: "SwerveTestSupport", dependencies: ["SwerveModel", "SwerveTensor", "SwerveFiles"],
      path: "Tests/SwerveTestSupport", swiftSettings: strict),
    // Made-up runs, recorded as real runs are.
    .target(
      name: "RunFixtures",
      dependencies: ["SwerveRuns", "SwerveRecords", "SwerveFiles", "SwerveRL", "SwerveModel", "SwerveText"],
      path: "Tests/RunFixtures", swiftSettings: strict),
    // Random hostile scripts for the sandbox: a library for the tests, and a program for long draws.
    .target(name: "LuaFuzzing", dependencies: ["LuaRuntime"], path: "Tests/LuaFuzzing", swiftSettings: strict),
    .executableTarget(
      name: "lua-fuzzer", dependencies: ["LuaFuzzing", "LuaRuntime"], path: "Tests/LuaFuzzer", swiftSettings: strict),
    // The same for the files that the program reads: files with random damage.
    .target(
      name: "FileFuzzing",
      dependencies: [
        "SwerveReports", "SwerveRuns", "SwerveRecords", "SwerveFiles", "SwerveRL", "SwerveModel", "SwerveTensor",
        "SwerveText", "SwerveTestSupport",
      ],
      path: "Tests/FileFuzzing", swiftSettings: strict),
    .executableTarget(
      name: "file-fuzzer", dependencies: ["FileFuzzing", "LuaRuntime"], path: "Tests/FileFuzzer", swiftSettings: strict),
    .testTarget(
      name: "SwerveTextTests", dependencies: ["SwerveText", "SwerveTestSupport"], swiftSettings: strict),
    .testTarget(
      name: "SwerveTensorTests", dependencies: ["SwerveTensor", "SwerveTestSupport"], swiftSettings: strict),
    .testTarget(
      name: "SwerveModelTests", dependencies: ["SwerveModel", "SwerveTensor", "SwerveText", "SwerveTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "SwerveRLTests",
      dependencies: ["SwerveRL", "SwerveModel", "SwerveTensor", "SwerveText", "SwerveTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "LuaRuntimeTests", dependencies: ["LuaRuntime", "LuaFuzzing", "SwerveText", "SwerveTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "SwerveScriptTests",
      dependencies: [
        "SwerveScript", "SwerveRL", "SwerveModel", "SwerveTensor", "LuaRuntime", "SwerveText", "SwerveTestSupport",
      ],
      swiftSettings: strict),
    .testTarget(name: "SwerveFilesTests", dependencies: ["SwerveFiles", "SwerveTestSupport"], swiftSettings: strict),
    .testTarget(
      name: "SwerveRecordsTests",
      dependencies: [
        "SwerveRecords", "SwerveFiles", "SwerveRL", "SwerveModel", "SwerveText", "RunFixtures", "SwerveTestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "SwerveRunsTests",
      dependencies: [
        "SwerveReports", "SwerveRuns", "SwerveRecords", "SwerveFiles", "SwerveRL", "SwerveModel", "SwerveTensor",
        "LuaRuntime", "SwerveText", "RunFixtures", "FileFuzzing", "SwerveTestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "SwerveReportsTests",
      dependencies: [
        "SwerveReports", "SwerveRecords", "SwerveFiles", "SwerveRL", "SwerveText", "RunFixtures", "SwerveTestSupport",
      ],
      swiftSettings: strict),
    // These tests run the built program.
    .testTarget(
      name: "SwerveCLITests",
      dependencies: ["swerve", "SwerveRecords", "SwerveFiles", "SwerveText", "SwerveTestSupport"],
      swiftSettings: strict),
  ]
)
