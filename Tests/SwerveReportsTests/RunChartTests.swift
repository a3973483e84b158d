import RunFixtures
import SwerveFiles
import SwerveRecords
import SwerveReports
import SwerveTestSupport
import Testing

@Suite struct RunChartTests {
  @Test func drawsALineForEachStageThatHasTheMetric() throws {
    let temporary = try TemporaryFolder()
    let run = try RunReader.read(try FakeRun().record(in: temporary.path))
    let svg = try RunChart(run, only: Glob("loss")).svg()
    #expect(svg.hasPrefix("<svg ") && svg.hasSuffix("</svg>\n"))
    #expect(svg.split(separator: "\n").count { $0.hasPrefix("<polyline") } == 2)
    #expect(svg.contains(">loss pretrain</text>") && svg.contains(">loss prioritized</text>"))
    // Every point lies inside of the picture.
    for line in svg.split(separator: "\n") where line.hasPrefix("<polyline") {
      let points = try #require(line.split(separator: "\"").dropFirst(3).first)
      for point in points.split(separator: " ") {
        let place = point.split(separator: ",").compactMap { Double($0) }
        #expect(place.count == 2 && (0...720).contains(place[0]) && (0...360).contains(place[1]))
      }
    }
  }

  @Test func rejectsAMetricThatNoStepHas() throws {
    let temporary = try TemporaryFolder()
    let run = try RunReader.read(try FakeRun().record(in: temporary.path))
    let error = runError { _ = try RunChart(run, only: Glob("lots*")) }
    #expect(error?.description.contains("'lots*'. It has ") == true && error?.description.contains("loss") == true)
    #expect(error?.exitCode == 2)
  }
}
