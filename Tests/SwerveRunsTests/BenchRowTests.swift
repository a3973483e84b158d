import Testing

@testable import SwerveFiles
@testable import SwerveRuns

@Suite struct BenchRowTests {
  @Test func marksPartsThatWereNotMeasured() {
    let row = BenchRow(
      config: .nano, threads: 2, math: "exact", speeds: [.sample: 1234.5], trainGflops: nil, peakGflops: 99.96)
    #expect(row.cells == ["nano", "2", "-", "1234", "-", "-", "99", "-"])
    #expect(
      row.json.compact()
        == #"{"config":"nano","threads":2,"math":"exact","train":null,"sample":1234,"finetune":null,"#
        + #""train_gflops":null,"peak_gflops":100.0,"train_share":null}"#)
    #expect(row.cells.count == BenchRow.head.count)
  }

  @Test func showsTheShareOfTrainingInTheLargeProduct() {
    let row = BenchRow(
      config: .small, threads: 1, math: "exact", speeds: [.train: 10], trainGflops: 87.66, peakGflops: 110)
    #expect(row.cells == ["small", "1", "10", "-", "-", "87", "110", "80 %"])
    #expect(row.json.compact().hasSuffix(#""train_gflops":87.7,"peak_gflops":110.0,"train_share":79.7}"#))
  }

  @Test func leavesOutFineTuningWithALargeVocabulary() {
    #expect(BenchPart.allCases.filter { BenchConfiguration.gpt2.has($0) } == [.train, .sample])
    #expect(BenchPart.allCases.allSatisfy { BenchConfiguration.small.has($0) })
  }
}
