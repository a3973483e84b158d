import Foundation
import SwerveTestSupport
import Testing

/// What `make install` and the packages lay out (folder packaging).
@Suite struct InstallTests {
  /// A library that only says where it lies, beside the real one.
  private static func makeLibrary(_ name: String, in folder: TemporaryFolder) throws {
    let library = folder.file(name)
    try FileManager.default.createDirectory(
      at: library.deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.copyItem(at: Fixtures.repository.appendingPathComponent("lua"), to: library)
    try "return \"\(name)\"\n".write(
      to: library.appendingPathComponent("swerve/place.lua"), atomically: false, encoding: .utf8)
  }

  private static func place(_ program: URL, in working: URL, library: URL? = nil) throws -> Program.Outcome {
    let words =
      ["-u", "SWERVE_LUA"] + (library.map { ["SWERVE_LUA=" + $0.path] } ?? [])
      + [program.path, "lua", "-e", "print(require \"swerve.place\")"]
    return try Program.Running(words, of: URL(fileURLWithPath: "/usr/bin/env"), in: working).wait()
  }

  /// The working folder has a library, too, which a program without one of its own would take.
  @Test func findsItsLibraryFromWhereItLies() throws {
    let folder = try TemporaryFolder()
    try Self.makeLibrary("prefix/share/swerve/lua", in: folder)
    try Self.makeLibrary("work/lua", in: folder)
    let program = folder.file("prefix/bin/swerve")
    try FileManager.default.createDirectory(
      at: program.deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.copyItem(at: Program.url, to: program)
    // A link elsewhere, as on a PATH.
    let link = folder.file("link")
    try FileManager.default.createSymbolicLink(at: link, withDestinationURL: program)
    for working in [folder.file("work"), URL(fileURLWithPath: "/")] {
      for program in [program, link] {
        let outcome = try Self.place(program, in: working)
        #expect(outcome.output == "prefix/share/swerve/lua\n", "\(outcome.errors)")
      }
    }
    let outcome = try Self.place(program, in: URL(fileURLWithPath: "/"), library: folder.file("work/lua"))
    #expect(outcome.output == "work/lua\n", "\(outcome.errors)")
  }

  @Test(.enabled(if: hasPython, "python3 IS NOT HERE, which writes the manual pages"))
  func installsAndUninstallsWithoutATrace() throws {
    let folder = try TemporaryFolder()
    // Of somebody else; it stays.
    let other = folder.file("a prefix/share/man/man1/other.1")
    try FileManager.default.createDirectory(at: other.deletingLastPathComponent(), withIntermediateDirectories: true)
    try "other\n".write(to: other, atomically: false, encoding: .utf8)
    let before = try Self.paths(below: folder.url)
    let prefix = folder.file("a prefix").path
    // Twice: the second time replaces the first.
    for _ in 0..<2 {
      let outcome = try Self.packaging("install", prefix, program: Program.url.path)
      #expect(outcome.status == 0 && outcome.errors == "", "\(outcome.errors)")
      #expect(outcome.output.hasPrefix("installed 0."), "\(outcome.output)")
    }
    for name in [
      "bin/swerve", "share/swerve/lua/swerve/init.lua", "share/swerve/lua/_meta/swerve.lua", "share/man/man1/swerve.1",
      "share/man/man1/swerve-run.1", "share/bash-completion/completions/swerve", "share/zsh/site-functions/_swerve",
      "share/fish/vendor_completions.d/swerve.fish", "share/doc/swerve/examples/quick.lua",
    ] {
      #expect(folder.exists("a prefix/" + name), "\(name)")
    }
    let page = try folder.text("a prefix/share/man/man1/swerve-run.1")
    #expect(page.contains("swerve run examples/quick.lua \\-\\-set alpha=10 \\-\\-seed 3\n"))
    #expect(try Self.packaging("uninstall", prefix).status == 0)
    #expect(try Self.paths(below: folder.url) == before)
    let again = try Self.packaging("uninstall", prefix)
    #expect(again.status == 5 && again.errors.contains("make install has not installed swerve there"))
  }

  private static let hasPython = FileManager.default.isExecutableFile(atPath: "/usr/bin/python3")

  private static func packaging(_ script: String, _ arguments: String..., program: String = "") throws
    -> Program.Outcome
  {
    try Program.Running(
      arguments, of: Fixtures.repository.appendingPathComponent("packaging/" + script),
      in: FileManager.default.temporaryDirectory, environment: ["PROGRAM": program]
    ).wait()
  }

  private static func paths(below folder: URL) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder.path).sorted()
  }
}

/// The first compiler of C on the PATH.
private let compiler: String? = {
  let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
  return folders.flatMap { ["\($0)/clang", "\($0)/cc"] }.first { FileManager.default.isExecutableFile(atPath: $0) }
}()

/// `bin/swerve` of a package with two builds.
@Suite(.enabled(if: compiler != nil, "clang IS NOT HERE, which builds the launcher"))
struct LauncherTests {
  /// ROOT with the launcher, and builds that print their name and their arguments.
  private static func makePackage(_ levels: [String]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for level in levels { try makeBuild("lib/swerve/\(level)/swerve", in: folder, printing: level) }
    try FileManager.default.createDirectory(at: folder.file("bin"), withIntermediateDirectories: true)
    let source = Fixtures.repository.appendingPathComponent("packaging/launcher.c").path
    let built = try Program.Running(
      ["-Wall", "-Wextra", "-Werror", "-DVERSION=\"1.2\"", source, "-o", folder.file("bin/swerve").path],
      of: URL(fileURLWithPath: #require(compiler)), in: folder.url
    ).wait()
    try #require(built.status == 0, "\(built.errors)")
    return folder
  }

  private static func makeBuild(_ name: String, in folder: TemporaryFolder, printing text: String) throws {
    let build = folder.file(name)
    try FileManager.default.createDirectory(at: build.deletingLastPathComponent(), withIntermediateDirectories: true)
    try "#!/bin/sh\nprintf '%s\\n' \(text) \"$@\"\nexit 3\n".write(to: build, atomically: false, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: build.path)
  }

  private static func start(_ folder: TemporaryFolder, _ arguments: [String], march: String? = nil) throws
    -> Program.Outcome
  {
    try Program.Running(
      ["-u", "SWERVE_MARCH"] + (march.map { ["SWERVE_MARCH=" + $0] } ?? []) + [folder.file("bin/swerve").path]
        + arguments,
      of: URL(fileURLWithPath: "/usr/bin/env"), in: URL(fileURLWithPath: "/")
    ).wait()
  }

  @Test func startsTheBuildForThisProcessor() throws {
    let folder = try Self.makePackage(["x86-64-v3", "x86-64-v4"])
    let flags =
      try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
      .split(separator: "\n").first { $0.hasPrefix("flags") }?.split(separator: " ") ?? []
    let needed: [Substring] = ["avx512bw", "avx512cd", "avx512dq", "avx512f", "avx512vl"]
    let expected = needed.allSatisfy { flags.contains($0) } ? "x86-64-v4" : "x86-64-v3"
    let outcome = try Self.start(folder, ["run", "a b", ""])
    #expect(outcome.output == "\(expected)\nrun\na b\n\n" && outcome.status == 3, "\(outcome.errors)")
  }

  @Test(arguments: ["x86-64-v3", "x86-64-v4"])
  func startsTheBuildThatIsAskedFor(level: String) throws {
    let folder = try Self.makePackage(["x86-64-v3", "x86-64-v4"])
    #expect(try Self.start(folder, [], march: level).output == level + "\n")
  }

  /// pip puts the builds into the module's folder, and other versions may be there for other Pythons.
  @Test(arguments: ["lib/python3.11/site-packages", "lib64/python3.12/dist-packages", "."])
  func startsTheBuildInTheModuleOfItsVersion(packages: String) throws {
    let folder = try Self.makePackage([])
    for (place, version) in [("lib/python3.10/site-packages", "1.1"), (packages, "1.2")] {
      try Self.makeBuild("\(place)/swerve/lib/swerve/x86-64-v3/swerve", in: folder, printing: version)
      try FileManager.default.createDirectory(
        at: folder.file("\(place)/swerve-\(version).dist-info"), withIntermediateDirectories: true)
    }
    #expect(try Self.start(folder, [], march: "x86-64-v3").output == "1.2\n")
  }

  @Test func namesABuildThatIsNotThere() throws {
    let folder = try Self.makePackage(["x86-64-v3"])
    let outcome = try Self.start(folder, [], march: "x86-64-v5")
    #expect(outcome.status == 5 && outcome.output == "")
    #expect(outcome.errors.contains("lib/swerve/x86-64-v5/swerve: No such file"), "\(outcome.errors)")
    #expect(outcome.errors.contains("hint: SWERVE_MARCH may be x86-64-v3 or x86-64-v4"), "\(outcome.errors)")
  }
}
