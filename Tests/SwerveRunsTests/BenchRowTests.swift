import Testing

@testable import SwerveRuns

@Suite struct BenchRowTests {
  @Test func partsThatWereNotMeasuredShowAsSuch() {
    let row = BenchRow(
      config: .nano, threads: 2, math: "exact", speeds: [.sample: 1234.5], trainGflops: nil, peakGflops: 99.96)
    #expect(row.cells == ["nano", "2", "-", "1234", "-", "-", "99"])
    #expect(
      row.json.compact()
        == #"{"config":"nano","threads":2,"math":"exact","train":null,"sample":1234,"finetune":null,"#
        + #""train_gflops":null,"peak_gflops":100.0}"#)
    #expect(row.cells.count == BenchRow.head.count)
  }

  @Test func fineTuningIsNotMeasuredWithALargeVocabulary() {
    #expect(BenchPart.allCases.filter { BenchConfiguration.gpt2.has($0) } == [.train, .sample])
    #expect(BenchPart.allCases.allSatisfy { BenchConfiguration.small.has($0) })
  }
}
