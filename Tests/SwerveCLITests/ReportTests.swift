import Foundation
import Testing

/// What is shown of runs: tables, reports, and the commands in them.
@Suite struct ReportTests {
  /// Two stages on sets of their own, both from one model; "left" is what it can do.
  private static let twoStages = """
    local swerve = require "swerve"
    local o = swerve.options { first = "left", second = "left,right", updates = 1 }
    local function left(rng) return "l:" end
    local function right(rng) return "r:" end
    local task = swerve.tasks.custom {
      alphabet = "lr:;", longest_prompt = 2, limit = 3, stop = ";", prompt = left,
      solution = function(p) return p:sub(1, 1) end, text = function(rng) return "l:l;" end,
      sets = { left = left, right = right },
    }
    local base = swerve.pretrain {
      model = { layers = 1, heads = 1, width = 16, context = 8 }, task = task, steps = 60, batch = 8, lr = 1e-2,
    }
    local function stage(name, sets)
      local counts = {}
      for set in sets:gmatch "%a+" do counts[set] = set == "left" and 10 or 30 end
      return swerve.finetune {
        name = name, from = base, task = task, algorithm = "reinforce", updates = o.updates, episodes = 8, minibatch = 8,
        lr = 0, entropy = 0, eval = { every = 1, sets = counts },
      }
    end
    return { stage("one", o.first), stage("two", o.second) }

    """

  /// The cells of the row of a table that begins with a name.
  private func row(_ name: String, in output: String) -> [String] {
    let line = output.split(separator: "\n").first { $0.hasPrefix(name + " ") } ?? ""
    return line.split(separator: "  ").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
  }

  @Test func showsTheValuesOfEachStageUnderTheirOwnNames() throws {
    let project = try TestProject()
    try project.write("two.lua", Self.twoStages)
    let (none, all) = ("0.000 [0.00, 0.11]", "1.000 [0.72, 1.00]")
    let cases = [
      ("left", "left,right", ["10", all, all, all], ["30", none, "-", none]),
      ("left,right", "right", ["10", all, all, "-"], ["30", none, none, none]),
      ("right", "left", ["10", all, "-", all], ["30", none, none, "-"]),
    ]
    for (first, second, left, right) in cases {
      let outcome = try project.run(
        "run", "two.lua", "--set", "first=\(first)", "--set", "second=\(second)", "--out", "\(first)-\(second)")
      try #require(outcome.status == 0, "\(outcome.all)")
      #expect(row("METRIC", in: outcome.output) == ["METRIC", "N", "BEFORE", "AFTER one", "AFTER two"])
      #expect(row("success/left", in: outcome.output) == ["success/left"] + left, "\(outcome.output)")
      #expect(row("success/right", in: outcome.output) == ["success/right"] + right, "\(outcome.output)")
      #expect(outcome.output.contains("rates over N episodes, greedy, with 95 % intervals (Wilson)\n"))
      #expect(outcome.output.split(separator: "\n").allSatisfy { $0.count <= 80 || $0.hasPrefix("checkpoint") })
    }
    let json = try project.run("run", "two.lua", "--set", "second=right", "--json", "--out", "j")
    let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
    let stages = try #require(object?["evaluations"] as? [[String: Any]])
    let second = try #require(stages.last?["metrics"] as? [String: [String: Any]])
    #expect(second.keys.sorted() == ["length/right", "success/right"])
    #expect(second["success/right"]?["episodes"] as? Int == 30 && stages.last?["mode"] as? String == "greedy")
  }

  /// Two seeds of two settings: in one, the first stage does not measure "left", which the second one can.
  @Test func leavesOutAPairOfWhichOneWasNotMeasured() throws {
    let project = try TestProject()
    try project.write("two.lua", Self.twoStages)
    for seed in ["1", "2"] {
      let outcome = try project.run("run", "two.lua", "--set", "first=right", "--seed", seed)
      try #require(outcome.status == 0, "\(outcome.all)")
    }
    #expect(try project.run("report", "runs", "-o", "r.html").status == 0)
    let page = try project.folder.text("r.html")
    let paired = try #require(page.components(separatedBy: "<h2>Paired by seed</h2>").last)
      .components(separatedBy: "<h2>")[0]
    #expect(paired.contains("<td>success/right</td><td>at the end</td><td>2</td><td>0.000</td>"), "\(paired)")
    #expect(!paired.contains("success/left"), "\(paired)")
    #expect(page.contains("<th scope=\"row\">success/left</th><td>one</td><td>-</td><td>-</td><td>0</td><td>-</td>"))
  }

  /// Fine-tuning is what is compared; what pre-training measured beside it is no less measured.
  @Test func showsPreTrainingInARowBesideFineTuning() throws {
    let project = try TestProject()
    try project.write(
      "two.lua", Self.twoStages,
      [("steps = 60, batch = 8", "steps = 60, eval = { every = 60, sets = { training = 5 } }, batch = 8")])
    try #require(try project.run("run", "two.lua", "--out", "a").status == 0)
    #expect(try project.run("report", "a", "-o", "r.html").status == 0)
    let page = try project.folder.text("r.html")
    #expect(
      page.contains(/<th scope="row">success\/training<\/th><td>pretrain<\/td><td>[^-<]+<\/td><td>1\.0/), "\(page)")
  }

  /// A link stays a link, and a pipe gets what is written.
  @Test func writesAReportThroughLinksAndPipes() throws {
    let project = try TestProject()
    try project.record("a")
    try project.write("real.html", "old")
    try FileManager.default.createSymbolicLink(
      at: project.folder.file("link.html"), withDestinationURL: project.folder.file("real.html"))
    #expect(try project.run("report", "a", "-o", "link.html").status == 0)
    #expect(try project.folder.text("real.html").hasPrefix("<!DOCTYPE html>"))
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: project.folder.file("link.html").path) != "")
    try #require(mkfifo(project.folder.file("pipe").path, 0o600) == 0)
    let reader = Process()
    let output = Pipe()
    reader.executableURL = URL(fileURLWithPath: "/bin/cat")
    reader.arguments = [project.folder.file("pipe").path]
    reader.standardOutput = output
    try reader.run()
    #expect(try project.run("report", "a", "-o", "pipe").status == 0)
    let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    reader.waitUntilExit()
    #expect(text == (try project.folder.text("real.html")))
  }

  @Test func showsNothingAsAfterThatWasNotMeasuredAfterAnyStep() throws {
    let project = try TestProject()
    try project.write(
      "slow.lua",
      """
      local swerve = require "swerve"
      return swerve.pretrain {
        model = { layers = 1, heads = 1, width = 8, context = 16 },
        task = swerve.tasks.custom {
          alphabet = "xy=;", longest_prompt = 2, limit = 3, stop = ";",
          prompt = function(rng) return rng:below(2) == 0 and "x=" or "y=" end,
          solution = function(p) return p:sub(1, 1) end,
        },
        steps = 1000000, batch = 8, lr = 1e-2, eval = { every = 1000000, greedy = false, sets = { training = 25 } },
      }

      """)
    let running = try Program.Running(["run", "slow.lua", "--out", "my run"], in: project.folder.url)
    project.wait(for: "\"step\":3,", in: "my run/metrics.jsonl")
    running.process.interrupt()
    let outcome = try running.wait()
    #expect(outcome.status == 130)
    let cells = row("success/training", in: outcome.output)
    #expect(cells.count == 4 && cells[1] == "25" && cells[2].hasPrefix("0.") && cells[3] == "-", "\(outcome.output)")
    #expect(outcome.output.contains("25 episodes") == false && outcome.output.contains("sampled at temperature 1"))
    #expect(outcome.errors.contains("next: swerve run 'my run' --resume\n"), "\(outcome.errors)")
    #expect(try project.run("report", "my run", "-o", "r.html").status == 0)
    let page = try project.folder.text("r.html")
    let cell =
      #/<td>0\.\d+ \[0\.\d+,&nbsp;0\.\d+]</td><td>-</td><td>1</td><td>25</td><td>sampled at temperature 1</td>/#
    #expect(page.contains(cell))
    #expect(page.contains("1 of 1 runs did not end") == false, "where none ended, what there is is shown")
    let shown = try project.run("show", "my run")
    #expect(
      shown.output.contains(/success\/training +0\.\d+ \[0\.\d\d, 0\.\d\d\] \(n = 25, step 0\)/), "\(shown.output)")
  }

  @Test func countsARunOnceHoweverItIsNamed() throws {
    let project = try TestProject()
    try project.record("runs/a")
    try project.record("runs/b", "--seed", "2")
    try project.record("elsewhere/c d")
    try FileManager.default.createSymbolicLink(
      at: project.folder.file("link"), withDestinationURL: project.folder.file("runs"))
    let report = try project.run(
      "report", "runs", "runs/a", "link", "link/b", "elsewhere/c d", "-o", "r.html", "--json")
    #expect(report.status == 0)
    let notes = [
      "runs/a is named more than once and counted once",
      "link/a is the same run as runs/a: the same inputs, counted once",
      "elsewhere/c d is the same run as runs/a: the same inputs, counted once",
      "link/b is the same run as runs/b: the same inputs, counted once",
    ]
    let page = try project.folder.text("r.html")
    for note in notes {
      #expect(report.errors.contains("note: \(note)\n"), "\(report.errors)")
      #expect(page.contains("<p class=\"soft\">\(note).</p>"))
    }
    #expect(report.errors.split(separator: "\n").count == notes.count)
    #expect(report.output.contains("\"notes\":[\"runs/a is named more than once"))
    let counts = /<td>tuned<\/td>(<td>[^<]*<\/td>){2}<td>2<\/td><td>2<\/td>/
    #expect(page.contains(counts), "two seeds, two episodes of each")
  }

  // MARK: Commands that people copy

  /// The commands of a page, as a browser gives them to the clipboard.
  private func commands(_ page: String) -> [String] {
    page.components(separatedBy: "<pre tabindex=\"0\">").dropFirst().flatMap { part in
      part.components(separatedBy: "</pre>")[0].replacingOccurrences(of: "&lt;", with: "<")
        .replacingOccurrences(of: "&gt;", with: ">").replacingOccurrences(of: "&quot;", with: "\"")
        .replacingOccurrences(of: "&amp;", with: "&").components(separatedBy: "\n")
    }
  }

  /// Runs a line in a shell, with this program as `swerve`.
  private func shell(_ line: String, in folder: URL) throws -> Program.Outcome {
    let path = Program.url.deletingLastPathComponent().path + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
    return try Program.Running(
      ["-c", line], of: URL(fileURLWithPath: "/bin/sh"), in: folder, environment: ["PATH": path]
    ).wait()
  }

  private func digests(_ project: TestProject, _ runs: [String]) throws -> [String] {
    try runs.map { run in
      try String(#require(project.digest(run).firstMatch(of: /"weights_sha256": "([0-9a-f]{64})"/)).1)
    }
  }

  /// Each command's digest of the final weights.
  private func digests(_ commands: [String], in folder: URL) throws -> [String] {
    try commands.map { command in
      let outcome = try shell(command + " --json", in: folder)
      try #require(outcome.status == 0, "\(command): \(outcome.all)")
      let found = try #require(outcome.output.matches(of: /"weights_sha256":"([0-9a-f]{64})"/).last, "\(command)")
      return String(found.1)
    }
  }

  @Test func writesCommandsThatGiveTheRunsAgain() throws {
    let project = try TestProject([
      ("alpha = 20 }", "alpha = 20, note = \"plain\" }\nassert(o.note ~= \"\")")
    ])
    try project.record("runs/it's one", "--seed", "3")
    try project.record("runs/two", "--set", "note=it's a \"test\"; echo $HOME & <b>", "--set", "alpha=0.5")
    try project.record("runs/three", "--limit", "memory=32M", "--math", "blas", "--set", "digits=1")
    let names = ["it's one", "two", "three"].map { "runs/" + $0 }
    #expect(try project.run("report", "runs", "-o", "r.html").status == 0)
    let first = commands(try project.folder.text("r.html"))
    #expect(first.count == 3 && first.allSatisfy { $0.hasPrefix("swerve run tiny.lua --set alpha=") }, "\(first)")
    #expect(first.contains { $0.hasSuffix(" --limit memory=33554432 --seed 1 --math blas") }, "\(first)")
    let again = try digests(first.map { $0 + " --no-cache" }, in: project.folder.url)
    #expect(try again.sorted() == digests(project, names).sorted())

    // From another folder, where nothing else says where the project is.
    try FileManager.default.removeItem(at: project.folder.file("golden"))
    try FileManager.default.createDirectory(at: project.folder.file("inner"), withIntermediateDirectories: false)
    let inner = project.folder.file("inner")
    #expect(try Program.run(["report", "../runs/two", "-o", "r.html"], in: inner).status == 0)
    let far = commands(try project.folder.text("inner/r.html"))
    #expect(try digests(far, in: inner) == digests(project, ["runs/two"]), "\(far)")

    // An edited script gives other runs; the records hold the old one.
    try project.edit("tiny.lua", "batch = 8", "batch = 9")
    try project.record("runs/four")
    #expect(try project.run("report", "runs", "-o", "r.html").status == 0)
    let page = try project.folder.text("r.html")
    let edited = commands(page)
    #expect(page.components(separatedBy: "<p class=\"soft\">tiny.lua was changed since:</p>").count == 4)
    #expect(edited.count == 4 && edited.contains("swerve replay 'runs/it'\\''s one'"), "\(edited)")
    #expect(edited.contains("swerve run tiny.lua --set alpha=20 --set digits=2 --set note=plain --seed 1"), "\(edited)")
    let all = try digests(project, names + ["runs/four"])
    #expect(try digests(edited, in: project.folder.url).sorted() == all.sorted())
    #expect(Set(all).count == 4)
    for name in ["tiny.lua", "lua/swerve/init.lua"] {
      #expect(page.contains("\(name)</th><td>"), "\(name) has no digest")
    }
    try FileManager.default.removeItem(at: project.folder.file("tiny.lua"))
    #expect(try project.run("report", "runs/two", "-o", "r.html").status == 0)
    #expect(try project.folder.text("r.html").contains("tiny.lua is no longer there:"))
  }

  @Test func suggestsCommandsThatCanBePasted() throws {
    let project = try TestProject()
    func next(_ outcome: Program.Outcome) -> [String] {
      outcome.errors.split(separator: "\n").filter { $0.hasPrefix("next: ") || $0.hasPrefix("      ") }
        .map { String($0.dropFirst(6)).replacingOccurrences(of: "...", with: "a reason") }
    }
    let ran = try project.run("run", "tiny.lua", "--runs", "my $HOME's runs")
    let commands = next(ran)
    #expect(commands.count == 2 && commands[0].hasPrefix("swerve replay 'my $HOME'\\''s runs/tiny-1-"), "\(ran.errors)")
    let blessed = try commands.map { try shell($0, in: project.folder.url) }
    #expect(blessed.allSatisfy { $0.status == 0 }, "\(blessed.map(\.all))")
    let test = next(blessed[1])
    #expect(test.count == 1)
    #expect(try shell(test[0], in: project.folder.url).status == 0)
    let runs = "my $HOME's runs"
    let run = "\(runs)/" + (try #require(try project.folder.names(runs).first))
    let packed = try project.run("pack", run, "-o", "a run.tar")
    #expect(next(packed) == ["swerve replay 'a run.tar'"], "\(packed.all)")
    #expect(try shell(next(packed)[0], in: project.folder.url).status == 0)
    // What is missing of a difference is accepted by the command that says so.
    try project.edit("tiny.lua", "batch = 8", "batch = 9")
    let different = try project.run("test", "golden")
    let accept = try #require(different.output.firstMatch(of: /to accept it: (.*)\n/)).1
    let accepted = try shell(accept.replacingOccurrences(of: "...", with: "a reason"), in: project.folder.url)
    #expect(accepted.output.contains("BLESSED"))
    let made = try project.run("new", "some where/first")
    #expect(next(made) == ["cd 'some where/first' && swerve run first.lua"], "\(made.all)")
  }
}
