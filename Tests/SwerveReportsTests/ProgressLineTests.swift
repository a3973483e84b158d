import SwerveRL
import Testing

@testable import SwerveReports

@Suite struct ProgressLineTests {
  private func line(_ losses: [Float], _ name: String = "loss", extra: [Metric] = []) -> ProgressLine {
    var line = ProgressLine(StageInfo(name: "base", kind: "pretrain", steps: 10))
    for (index, loss) in losses.enumerated() {
      line.add(
        StepRecord(
          stage: "base", step: index + 1, metrics: [Metric(name, loss)] + extra,
          notCompared: [Metric("tokens_per_second", 12345)], weights: []))
    }
    return line
  }

  @Test func showsStepLossSpeedAndTimeLeft() {
    #expect(
      line([4, 3, 2, 0]).text(seconds: 8, width: 100) == "base  4/10  loss 0 █▇▅▁  12.3k tokens/s  0:12 left")
    #expect(line([]).text(seconds: 1, width: 100) == "base  0/10")
  }

  @Test func showsKLAndPrefersSuccessToLoss() {
    let text = line([0.25], "success/train", extra: [Metric("loss", 7), Metric("kl/full", 0.00123)])
      .text(seconds: 65, width: 100)
    #expect(text == "base  1/10  success/train 0.25 ▁  kl 0.0012  12.3k tokens/s  9:45 left")
  }

  @Test func writesALineWithoutBarsForALog() {
    let line = line([0.5, 0.25], "success/train", extra: [Metric("kl/full", 0.00123)])
    #expect(line.plain(seconds: 2) == "base  2/10  success/train 0.25  kl 0.0012  12.3k tokens/s  0:08 left")
    #expect(self.line([]).plain(seconds: 1) == "base  0/10")
  }

  @Test func countsTheMembersOfASweepThatEnded() {
    var progress = SweepProgress(total: 16, complete: 5)
    #expect(progress.text(seconds: 3) == "5/16")
    progress.add(isFailure: false)
    #expect(progress.text(seconds: 20) == "6/16, 3:20 left")
    progress.add(isFailure: true)
    #expect(progress.text(seconds: 40) == "7/16, 1 failed, 3:00 left")
    for _ in 0..<9 { progress.add(isFailure: false) }
    #expect(progress.text(seconds: 90) == "16/16, 1 failed")
  }

  @Test func showsLessOnANarrowTerminal() {
    let full = line([0.5, 0.25], "success/train", extra: [Metric("kl/full", 0.00123)])
    #expect(full.text(seconds: 2, width: 60) == "base  2/10  success/train 0.25 █▁  kl 0.0012  0:08 left")
    #expect(full.text(seconds: 2, width: 54) == "base  2/10  success/train 0.25  kl 0.0012  0:08 left")
    #expect(line([4, 3]).text(seconds: 2, width: 40) == "base  2/10  loss 3 █▁  0:08 left")
    #expect(line([4, 3]).text(seconds: 2, width: 12) == "base  2/10 ")
    #expect(line([4, 3]).text(seconds: 2, width: 12).count < 12)
  }

  @Test func showsOnlyTheLatestFiniteNumbers() {
    var bars = Sparkline(width: 3)
    for value in [9.0, 1, 2, .nan, 3] { bars.add(value) }
    #expect(bars.text == "▁▅█")
    #expect(Sparkline(width: 3).text == "")
  }
}
