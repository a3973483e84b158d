import SwerveText
import Testing

@testable import SwerveRuns

@Suite struct ProcessorTests {
  private let old = "processor\t: 0\nflags\t\t: fpu sse2 avx avx2 bmi1 bmi2 fma f16c movbe abm\nflags\t\t: other\n"

  @Test func acceptsAProcessorWithAllFeatures() {
    #expect(Processor.missing(Processor.v3, in: old).isEmpty)
  }

  @Test func namesMissingFeatures() {
    #expect(Processor.missing(["avx2", "avx512f", "avx512vl"], in: old) == ["avx512f", "avx512vl"])
    // A name within another one is not that feature.
    #expect(Processor.missing(["av", "fm"], in: old) == ["av", "fm"])
  }

  @Test func acceptsAProcessorWhoseFlagsAreNotListed() {
    #expect(Processor.missing(Processor.v4, in: "model name : something\n").isEmpty)
  }

  @Test func explainsWhatToDo() {
    let text = "\(UnsupportedProcessor(build: "x86-64-v4", lacks: ["avx512f"]).description)"
    #expect(text.contains("lacks avx512f") && text.contains("SWERVE_MARCH=x86-64-v3"))
    #expect(UnsupportedProcessor(build: "x86-64-v4", lacks: ["avx512f"]).exitCode == 5)
  }

  @Test func findsTheNameOfTheProcessor() {
    #expect(!Processor.model().isEmpty)
  }
}
