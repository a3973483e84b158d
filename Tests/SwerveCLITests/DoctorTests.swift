import Testing

@Suite struct DoctorTests {
  @Test(arguments: ["1", "3"])
  func passesTheSelfTest(threads: String) throws {
    let outcome = try Program.run(["doctor", "--threads", threads])
    #expect(outcome.status == 0)
    #expect(!outcome.output.contains("FAILED"), "\(outcome.output)")
    #expect(outcome.output.contains("promised here:"))
    let json = try Program.run(["doctor", "--json", "--threads", threads])
    #expect(json.output.hasPrefix("{\"healthy\":true,"))
  }

  @Test func rejectsAnUnknownConfigurationOfBench() throws {
    let outcome = try Program.run(["bench", "--config", "nanos"])
    #expect(outcome.status == 2)
    #expect(outcome.errors.contains("'nano', 'small' or 'gpt2'"))
  }
}
