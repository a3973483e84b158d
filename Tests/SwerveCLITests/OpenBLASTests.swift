import Testing

/// OpenBLAS is loaded for `--math blas` alone.
@Suite struct OpenBLASTests {
  private static let missing = ["SWERVE_OPENBLAS_LIBRARY": "/nowhere/libopenblas.so.0"]

  @Test(arguments: ["run", "sweep"])
  func saysBeforeAnyStepThatTheLibraryIsMissing(command: String) throws {
    let project = try TestProject()
    let more = command == "sweep" ? ["--seeds", "1..2"] : []
    let outcome = try Program.run(
      [command, "tiny.lua", "--math", "blas", "--out", "out"] + more, in: project.folder.url, environment: Self.missing)
    #expect(outcome.status == 5, "\(outcome.all)")
    #expect(outcome.errors.contains("--math blas needs OpenBLAS, which can't be loaded: /nowhere/libopenblas.so.0"))
    #expect(outcome.errors.contains("hint: apt-get install libopenblas0"), "\(outcome.errors)")
    #expect(!project.folder.exists("out"))
  }

  @Test func refusesAnotherLibrary() throws {
    let outcome = try Program.run(["bench", "--math", "blas"], environment: ["SWERVE_OPENBLAS_LIBRARY": "libm.so.6"])
    #expect(outcome.status == 5)
    #expect(outcome.errors.contains("libm.so.6 is no OpenBLAS with 32-bit integers"), "\(outcome.errors)")
  }

  @Test func exactMathDoesNotNeedIt() throws {
    let project = try TestProject()
    #expect(try project.run("run", "tiny.lua", "--out", "out", "--quiet", environment: Self.missing).status == 0)
    let manifest = try project.folder.text("out/manifest.json")
    #expect(manifest.contains("\"cpu\"") && !manifest.contains("openblas"))
    let doctor = try project.run("doctor", environment: Self.missing)
    #expect(doctor.status == 0 && doctor.output.contains("none; only --math blas needs it"), "\(doctor.output)")
    #expect(!doctor.output.contains("OpenBLAS agrees"))
  }

  @Test func recordsWhichLibraryComputed() throws {
    let project = try TestProject()
    try project.record("out", "--math", "blas")
    #expect(try project.folder.text("out/manifest.json").contains("\"openblas\": \"OpenBLAS "))
  }
}
