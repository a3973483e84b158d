import Testing

@testable import SwerveFiles
@testable import SwerveReports

@Suite struct ChartTests {
  @Test func drawsARisingLineFromLowerLeftToUpperRight() {
    let lines = BrailleChart.lines([(x: 1, y: 0), (x: 2, y: 1)], width: 4, height: 2)
    #expect(lines == ["  ⡠⠊", "⡠⠊  "])
  }

  @Test func drawsAFlatLineAndASinglePoint() {
    #expect(BrailleChart.lines([(x: 1, y: 5), (x: 9, y: 5)], width: 3, height: 1) == ["⣀⣀⣀"])
    #expect(BrailleChart.lines([(x: 1, y: 5)], width: 2, height: 1) == ["⡀ "])
    #expect(BrailleChart.lines([], width: 2, height: 1).isEmpty)
    #expect(BrailleChart.lines([(x: 1, y: 5)], width: 2, height: 0).isEmpty)
  }

  @Test(arguments: [
    (0.0, "0"), (3e-4, "0.0003"), (0.000123456, "0.000123"), (3e-5, "3e-05"), (41_789, "41789"), (1.5, "1.5"),
    (-2.0004, "-2"), (19.999, "20"), (0.1 + 0.2, "0.3"), (1e300, "1e+300"),
  ])
  func writesAShortNumberWithThreeDigits(number: Double, text: String) {
    #expect(DisplayNumber.short(number) == text)
  }

  @Test(arguments: [
    (0.0, 1.0), (5, 5), (-Double.infinity, 0), (0, .infinity), (.nan, .nan), (1e20, 1e20), (1, 1.nextUp),
    (-1e308, 1e308),
    (0.1, 0.1.nextUp), (1e30, 1e30.nextUp), (0, .leastNonzeroMagnitude), (-3, -1),
  ])
  func placesFewTicksOnAnAxisOfAnyBounds(low: Double, high: Double) {
    let axis = Axis(low: low, high: high)
    #expect(axis.low.isFinite && axis.high.isFinite && axis.high > axis.low)
    #expect(axis.ticks.count <= 12, "\(axis.ticks)")
    if low == 0 && high == 1 {
      #expect(axis.ticks.map { DisplayNumber.short($0) } == ["0", "0.2", "0.4", "0.6", "0.8", "1"])
    }
  }

  @Test func writesCountsAndDurationsWithUnits() {
    #expect([918, 27_700, 1_270_000, 3e9].map(DisplayNumber.count) == ["918", "27.7k", "1.27M", "3G"])
    #expect(
      [0.02, 0.44, 12.4, 200, 120, 7500, 7200].map(DisplayNumber.duration)
        == ["0.02 s", "0.44 s", "12 s", "3 min 20 s", "2 min", "2 h 5 min", "2 h"])
  }
}
