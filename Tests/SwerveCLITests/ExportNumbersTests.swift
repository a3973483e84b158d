import Foundation
import SwerveTestSupport
import Testing

/// `swerve export` of the numbers of runs.
@Suite struct ExportNumbersTests {
  private static let head = "run,stage,step,metric,value\r\n"

  @Test func writesATableToTheOutputOrIntoTheLastPath() throws {
    let project = try TestProject()
    try project.record("runs/a")
    try project.record("runs/b", "--seed", "2")
    let one = try project.run("export", "runs/a", "--to", "csv")
    #expect(one.status == 0 && one.output.hasPrefix(Self.head) && one.errors.isEmpty, "\(one.all)")
    let shown = try project.run("export", "a", "--to", "csv")
    #expect(shown.output == one.output)
    // Two folders are two runs, and no file is named.
    let both = try project.run("export", "runs/a", "runs/b", "--to", "csv")
    let rest = try project.run("export", "runs/b", "--to", "csv").output.dropFirst(Self.head.count)
    #expect(both.output == one.output + rest)
    let named = try project.run("export", "runs", "all.csv", "--to", "csv")
    #expect(named.status == 0 && named.output == "all.csv\n", "\(named.all)")
    #expect(try project.folder.text("all.csv") == both.output)
    let option = try project.run("export", "runs/a", "runs/b", "--to", "csv", "-o", "again.csv", "--json")
    #expect(try project.folder.text("again.csv") == both.output)
    let values = both.output.components(separatedBy: "\r\n").count - 2
    #expect(option.output == "{\"files\":[\"again.csv\"],\"values\":\(values)}\n")
  }

  @Test func writesObjectsThatOtherProgramsRead() throws {
    let project = try TestProject()
    try project.record("a")
    let outcome = try project.run("export", "a", "--to", "jsonl", "--metric", "success/*", "--stage", "tuned")
    let rows = try outcome.output.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    #expect(!rows.isEmpty)
    for row in rows {
      #expect(row.keys.sorted() == ["metric", "run", "stage", "step", "value"])
      #expect(row["run"] as? String == "a" && row["stage"] as? String == "tuned" && row["value"] is NSNumber)
      #expect((row["metric"] as? String)?.hasPrefix("success/") == true)
    }
  }

  @Test func saysWhichRunsAreNotComplete() throws {
    let project = try TestProject()
    let stopped = try project.run("run", "tiny.lua", "--out", "a", "--until", "1", "--quiet")
    try #require(stopped.status == 0, "\(stopped.all)")
    let outcome = try project.run("export", "a", "table.csv", "--to", "csv")
    #expect(
      outcome.status == 0
        && outcome.errors == "note: one run is not complete, and the steps that are there were written: a\n",
      "\(outcome.all)")
    #expect(try project.run("export", "a", "table.csv", "--to", "csv", "--quiet").errors.isEmpty)
  }

  @Test func makesFoldersForTensorBoardAndLaTeX() throws {
    let project = try TestProject()
    try project.record("a")
    let events = try project.run("export", "a", "--to", "tensorboard", "-o", "events")
    #expect(events.status == 0, "\(events.all)")
    let files = events.output.split(separator: "\n")
    #expect(files.count == 2 && files.allSatisfy { project.folder.exists(String($0)) }, "\(events.all)")
    #expect(files.first?.hasPrefix("events/a/") == true)
    let again = try project.run("export", "a", "events", "--to", "tensorboard")
    #expect(again.output == events.output)
    let tables = try project.run("export", "a", "tables", "--to", "latex")
    #expect(tables.status == 0, "\(tables.all)")
    let names = try project.folder.names("tables")
    #expect(!names.isEmpty && names.allSatisfy { $0.hasSuffix(".tex") })
    #expect(try project.folder.text("tables/" + names[0]).contains("\\begin{tabular}"))
    try #require(try project.run("report", "a", "-o", "r.html", "--tables", "same").status == 0)
    for name in names { #expect(try project.folder.text("same/\(name)") == project.folder.text("tables/\(name)")) }
  }

  @Test func namesWhatIsMissing() throws {
    let project = try TestProject()
    try project.record("a")
    let folder = try project.run("export", "a", "--to", "tensorboard")
    #expect(
      folder.status == 2
        && folder.errors.contains("--to tensorboard makes a folder, and none is named: give its path last, or with -o"),
      "\(folder.all)")
    let model = try project.run("export", "a", "b", "--to", "hf", "--metric", "loss")
    #expect(model.status == 2 && model.errors.contains("--metric is for numbers"), "\(model.all)")
    let nothing = try project.run("export", "nothing", "table.csv", "--to", "csv")
    #expect(nothing.status == 5 && nothing.errors.contains("there is no run folder nothing"), "\(nothing.all)")
    #expect(!project.folder.exists("table.csv"))
    let into = try project.run("export", "a", "--to", "latex", "-o", "tiny.lua")
    #expect(into.status == 5 && !into.errors.isEmpty, "\(into.all)")
  }
}
