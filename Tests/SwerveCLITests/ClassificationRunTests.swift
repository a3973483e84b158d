import Foundation
import SwerveTestSupport
import Testing

/// Classifiers as a user trains, repeats and asks them.
@Suite struct ClassificationRunTests {
  private static let script = """
    local swerve = require "swerve"
    local o = swerve.options { trained = "all", loss = "conditional_softmax" }
    local fits = o.trained == "fit"
    return swerve.classify {
      from = "model", hierarchy = swerve.hierarchy "tree.tsv", train = swerve.data "train.jsonl",
      validation = swerve.data "test.jsonl", test = swerve.data "test.jsonl",
      loss = require("swerve.hierarchy." .. o.loss) {}, trained = fits and "head" or o.trained, length = 12,
      fit = fits and { l2 = 1e-4, steps = 16, tolerance = 1e-9 } or nil, vector_norm = fits and 4 or nil,
      decode = { "leaf", all = function(p, tree) local s = {}; for i = 1, #tree do s[i] = i end return s end },
      epochs = not fits and 4 or nil, batch = not fits and 4 or nil, lr = not fits and 1e-2 or nil,
      sort_within = not fits and 8 or nil,
    }
    """

  /// Nine documents: the last batch of an epoch has one.
  private static let documents = (0..<9).map { index in
    let (label, word) = [("dog", "ab"), ("cat", "cd"), ("oak", "ef")][index % 3]
    let parent = label == "oak" ? "plant" : "animal"
    return "{\"text\": \"\(word)\(index) \(word)\", \"label\": [\"\(parent)\", \"\(label)\"]}\n"
  }.joined()

  private func project() throws -> TestProject {
    let project = try TestProject()
    try project.write("c.lua", Self.script)
    try project.write("tree.tsv", "root\tanimal\tplant\nanimal\tdog\tcat\nplant\toak\n")
    try project.write("train.jsonl", Self.documents)
    try project.write("test.jsonl", Self.documents)
    try FileManager.default.copyItem(
      at: RealModels.models.appendingPathComponent("bert"), to: project.folder.file("model"))
    return project
  }

  private func run(_ project: TestProject, _ arguments: String...) throws -> Program.Outcome {
    let outcome = try Program.run(arguments, in: project.folder.url)
    try #require(outcome.status == 0, "\(outcome.all)")
    return outcome
  }

  @Test(arguments: ["all", "layers", "head", "fit"])
  func givesTheSameBitsOnAnyThreadsResumedAndReplayed(trained: String) throws {
    let project = try project()
    let set = "trained=\(trained)"
    _ = try run(project, "run", "c.lua", "--set", set, "--out", "one", "--threads", "1", "--quiet")
    _ = try run(project, "run", "c.lua", "--set", set, "--out", "three", "--threads", "3", "--quiet")
    #expect(try project.digest("one") == project.digest("three"))
    #expect(try project.folder.text("one" + Self.record) == project.folder.text("three" + Self.record))
    #expect(try run(project, "replay", "one", "--threads", "2").output.contains("identical"))
    _ = try run(project, "bless", "one", "--reason", "test")
    #expect(try run(project, "diff", "three", "golden/c.jsonl").output.contains("no difference"))
    var stopped = 0
    for delay in [0, 20_000, 40_000, 80_000] where stopped == 0 {
      let name = "killed\(delay)"
      let running = try Program.Running(
        ["run", "c.lua", "--set", set, "--out", name, "--quiet", "--checkpoint-every", "1"], in: project.folder.url)
      while running.process.isRunning && !project.folder.exists(name + "/checkpoints/position.json") {}
      usleep(UInt32(delay))
      kill(running.process.processIdentifier, SIGKILL)
      _ = try running.wait()
      if project.folder.exists(name + "/result.json") { continue }
      stopped += 1
      _ = try run(project, "run", name, "--resume", "--quiet")
      #expect(try project.digest(name) == project.digest("one"))
      #expect(try project.folder.text(name + Self.record) == project.folder.text("one" + Self.record))
    }
    #expect(stopped > 0, "no run was stopped before its end")
  }

  @Test(.enabled(if: MPI.isInstalled, MPI.missing), arguments: ["all", "layers", "head", "fit"])
  func givesTheBitsOfOneProcessOnSeveralRanks(trained: String) throws {
    let project = try project()
    let set = "trained=\(trained)"
    _ = try run(project, "run", "c.lua", "--set", set, "--out", "alone", "--quiet")
    for ranks in [2, 3] {
      let outcome = try Program.run(
        ["run", "c.lua", "--set", set, "--out", "on\(ranks)", "--ranks", "\(ranks)", "--quiet"], in: project.folder.url,
        environment: MPI.environment)
      try #require(outcome.status == 0, "\(outcome.all)")
      #expect(try project.bits("on\(ranks)") == project.bits("alone"))
      #expect(try project.folder.text("on\(ranks)" + Self.record) == project.folder.text("alone" + Self.record))
    }
  }

  private static let record = "/classification.jsonl"

  @Test func recordsWhatEvaluationsFoundBeyondTheirMetrics() throws {
    let project = try project()
    _ = try run(project, "run", "c.lua", "--out", "one", "--quiet")
    let lines = try project.folder.text("one" + Self.record).split(separator: "\n")
    // Two sets at each of four epochs.
    #expect(lines.count == 1 + 4 * 2)
    #expect(lines[0].contains("\"labels\":[\"animal\",\"plant\",\"dog\",\"cat\",\"oak\"]"), "\(lines[0])")
    #expect(lines[0].contains("\"parents\":[null,null,0,0,1]"))
    #expect(lines[2].contains("\"set\":\"test\",\"documents\":9,\"with_depth\":[9,9],\"with_leaf\":9"), "\(lines[2])")
    #expect(lines[2].contains("\"truths\":[6,3,3,3,3]") && lines[2].contains("\"hf1_auc\":["))
    #expect(lines[2].contains("\"rule\":\"all\"") && lines[2].contains("\"predictions\":[9,9,9,9,9]"))
    #expect(try run(project, "show", "one", "--check").output.contains("intact"))
  }

  @Test func findsAChangeInWhatEvaluationsFound() throws {
    let project = try project()
    _ = try run(project, "run", "c.lua", "--out", "one", "--quiet")
    let path = "one" + Self.record
    let text = try project.folder.text(path)
    try project.write(path, text.replacingOccurrences(of: "[6,3,3,3,3]", with: "[6,3,3,3,2]"))
    for command in [["show", "one", "--check"], ["replay", "one"]] {
      let outcome = try Program.run(command, in: project.folder.url)
      #expect(outcome.status != 0 && outcome.all.contains("classification.jsonl"), "\(command): \(outcome.all)")
    }
    // Records of earlier versions lack the file.
    for file in [path, "one/SHA256SUMS", "one/checkpoints/position.json"] {
      try FileManager.default.removeItem(at: project.folder.file(file))
    }
    let result = try project.folder.text("one/result.json")
    let kept = result.split(separator: "\n").filter {
      !$0.contains("classification_sha256") && !$0.contains("  \"sha256\"")
    }
    try project.write("one/result.json", kept.joined(separator: "\n").replacingOccurrences(of: "\",\n}", with: "\"\n}"))
    let outcome = try Program.run(["replay", "one"], in: project.folder.url)
    #expect(outcome.status == 0 && outcome.all.contains("identical"), "\(outcome.all)")
  }

  @Test func saysWhichTextsAreCut() throws {
    let project = try project()
    try project.edit("c.lua", "length = 12", "length = 4")
    let remark = "9 of 9 texts of test have more than 4 tokens, and are cut at their end"
    let training = "9 of 9 texts of training have more than 4 tokens"
    let shown = try run(project, "run", "c.lua", "--out", "one").all
    #expect(shown.contains(remark) && shown.contains(training), "\(shown)")
    let summary = try run(project, "show", "one").output
    #expect(summary.contains(remark) && summary.contains("documents: training 9, validation 9, test 9; 5 labels"))
    #expect(try run(project, "show", "one", "--json").output.contains("\"cut\":9"))
  }

  @Test func showsARowForEachInferenceRule() throws {
    let project = try project()
    let ended = try run(project, "run", "c.lua", "--out", "one").output
    let head = "INFERENCE RULE, test  leaf_accuracy  hf1     hf1_per_document  micro_f1  macro_f1_all  exact_match"
    for text in [ended, try run(project, "show", "one").output] {
      let lines = text.split(separator: "\n").filter { $0.hasPrefix(head) || $0.hasPrefix("leaf ") }
      // One table for the validation part, one for the test part.
      #expect(lines.count == 3 && text.contains("area under hP over hR, hf1_auc/test: "), "\(text)")
      #expect(!text.contains("exact_match/test/leaf"))
    }
    #expect(try run(project, "show", "one", "--all").output.contains("exact_match/test/leaf"))
  }

  /// `keep` takes an earlier step, whose numbers are not those of the last evaluation.
  @Test func saysOfWhichStepTheRulesAre() throws {
    let project = try project()
    try project.edit(
      "c.lua", "length = 12", "length = 12, keep = { best = 'hamming_loss/validation/leaf', mode = 'max' }")
    let ended = try run(project, "run", "c.lua", "--out", "one").output
    let metrics = try project.folder.text("one/result.json")
    let step = try #require(metrics.firstMatch(of: /(?s)"best".*?"step":\s*(\d+)/)?.1, "\(metrics)")
    #expect(ended.contains("INFERENCE RULE, test (step \(step))"), "\(ended)")
  }

  @Test func countsEveryDocumentWithEveryRule() throws {
    let project = try project()
    _ = try run(project, "run", "c.lua", "--out", "one", "--quiet")
    let last = try project.folder.text("one/metrics.jsonl").split(separator: "\n").last { $0.contains("hp/test/all") }
    let line = try #require(last)
    // All five labels against two true ones, for each of nine documents.
    #expect(line.contains("\"hp/test/all\":0.4,") && line.contains("\"hr/test/all\":1.0,"))
    #expect(line.contains("\"exact_match/test/all\":0.0"))
    #expect(line.contains("\"documents\":1.0") || line.contains("\"documents\":4.0"))
  }

  @Test func leavesFrozenWeightsAsTheyAre() throws {
    let project = try project()
    for trained in ["all", "layers", "head"] {
      _ = try run(project, "run", "c.lua", "--set", "trained=\(trained)", "--out", trained, "--quiet")
    }
    func tensor(_ run: String, _ name: String) throws -> [UInt8] {
      try floats(run, name).withUnsafeBytes { Array($0) }
    }
    func floats(_ run: String, _ name: String) throws -> [Float] {
      let bytes = [UInt8](try Data(contentsOf: project.folder.file("\(run)/checkpoints/classify.safetensors")))
      let file = try TensorFile(bytes: bytes)
      return try file.floats(name)
    }
    let (table, layer) = ("embeddings.word_embeddings.weight", "encoder.layer.0.output.dense.weight")
    // A decay alone would shrink each number by less than this.
    let positions = "embeddings.position_embeddings.weight"
    let change = zip(try floats("layers", positions), try floats("head", positions)).map { abs($0 - $1) }.max() ?? 0
    #expect(change > 0.01, "positions changed by \(change) at most")
    #expect(try tensor("layers", table) == tensor("head", table))
    #expect(try tensor("all", table) != tensor("head", table))
    #expect(try tensor("layers", layer) != tensor("head", layer))
    #expect(try tensor("head", "classifier.weight") != tensor("layers", "classifier.weight"))
  }

  @Test func saysWhatATextIs() throws {
    let project = try project()
    _ = try run(project, "run", "c.lua", "--out", "one", "--quiet")
    let shown = try run(project, "classify", "one", "--text", "ab0 ab", "--rule", "leaf", "--least", "0").output
    #expect(shown.hasPrefix("ab0 ab\n") && shown.contains("animal") && shown.contains("oak") && shown.contains("*"))
    try project.write("texts.jsonl", "{\"q\": \"ab0 ab\"}\n{\"q\": \"ef2 ef\"}\n")
    let json = try run(
      project, "classify", "one/checkpoints/classify.safetensors", "--data", "texts.jsonl", "--field", "q", "--json")
    let lines = json.output.split(separator: "\n")
    #expect(lines.count == 2 && lines[0].hasPrefix("{\"text\":\"ab0 ab\",\"cut\":false,\"labels\":["))
    #expect(lines[0].contains("\"probabilities\":{\"animal\":"))
    let alone = try run(project, "classify", "one", "--text", "ef2 ef", "--json").output
    #expect(alone == lines[1] + "\n")
  }

  @Test(arguments: [
    (["--text", "a", "--rule", "lead"], "there is no inference rule 'lead'; did you mean 'leaf'?"),
    (["--text", "a", "--rule", "leaf", "--parameter", "x=1"], "the rule leaf has no parameter 'x'"),
    (["--text", "a", "--rule", "threshold", "--parameter", "threshold=2"], "must be a number in [0, 1], got 2.0"),
    (["--data", "tree.tsv", "--text", "a"], "give --text or --data, and not both"),
    (["--data", "bad.jsonl"], "bad.jsonl:2: expected a text in the field 'text'"),
  ])
  func rejectsWhatItCantClassify(_ arguments: [String], _ message: String) throws {
    let project = try project()
    try project.write("bad.jsonl", "{\"text\": \"a\"}\n{\"txt\": \"a\"}\n")
    _ = try run(project, "run", "c.lua", "--out", "one", "--quiet")
    let outcome = try Program.run(["classify", "one"] + arguments, in: project.folder.url)
    #expect(outcome.status == 2 && outcome.all.contains(message), "\(outcome.all)")
  }

  @Test func rejectsAModelThatIsNoClassifier() throws {
    let project = try project()
    let outcome = try Program.run(["classify", "model", "--text", "a"], in: project.folder.url)
    #expect(outcome.status != 0 && outcome.all.contains("the model is no classifier"), "\(outcome.all)")
  }

  @Test func triesALossBeforeTraining() throws {
    let project = try project()
    try project.edit(
      "c.lua", "require(\"swerve.hierarchy.\" .. o.loss) {}",
      "{ probabilities = 'sigmoid', compute = function(t) return t.logit:sum() end }")
    let outcome = try Program.run(["check", "c.lua"], in: project.folder.url)
    #expect(outcome.status == 3 && outcome.all.contains("did you mean 'logits'?"), "\(outcome.all)")
  }

  @Test func resumesASharedRateThatKeepsAState() throws {
    let project = try project()
    let plateau = "lr = swerve.anneal.plateau { start = 1e-2, metric = 'loss', patience = 2 }"
    try project.edit("c.lua", "lr = not fits and 1e-2 or nil", plateau)
    _ = try run(project, "run", "c.lua", "--out", "one", "--quiet", "--checkpoint-every", "1")
    _ = try run(project, "run", "c.lua", "--out", "two", "--quiet", "--until", "5")
    _ = try run(project, "run", "two", "--resume", "--quiet")
    #expect(try project.digest("one") == project.digest("two"))
  }

  @Test func keepsTheBestStepAndStops() throws {
    let project = try project()
    try project.edit(
      "c.lua", "epochs = not",
      "keep = { best = 'leaf_accuracy/validation/leaf' }, stop_when = function(m, step) return step == 7 end, epochs = not"
    )
    for trained in ["all", "layers"] {
      let shown = try run(project, "run", "c.lua", "--set", "trained=\(trained)", "--out", trained).all
      #expect(shown.contains("at step 7 of 12"), "\(shown)")
      #expect(try run(project, "replay", trained).output.contains("identical"))
    }
  }

  @Test func plansWithoutPredictingTokens() throws {
    let project = try project()
    #expect(try run(project, "plan", "c.lua").output.contains("classify"))
  }

  @Test func makesANewHeadForOtherLabels() throws {
    let project = try project()
    _ = try run(project, "run", "c.lua", "--out", "one", "--quiet")
    try FileManager.default.copyItem(
      at: project.folder.file("one/checkpoints/classify.safetensors"), to: project.folder.file("first.safetensors"))
    try project.write("again.lua", Self.script, [("from = \"model\"", "from = \"first.safetensors\"")])
    try project.write("other.tsv", "root\tplant\tanimal\nplant\toak\nanimal\tcat\tdog\n")
    try project.write(
      "other.lua", Self.script, [("from = \"model\"", "from = \"first.safetensors\""), ("tree.tsv", "other.tsv")])
    func loss(_ script: String) throws -> Double {
      _ = try run(project, "run", script, "--out", script + ".run", "--quiet")
      let line = try project.folder.text(script + ".run/metrics.jsonl").split(separator: "\n")[0]
      let text = try #require(line.firstRange(of: "\"loss\":")).upperBound
      return Double(line[text...].prefix { $0 != "," }) ?? .nan
    }
    // The first step of a head that goes on is nearly right; a new one knows nothing.
    #expect(try loss("again.lua") < 0.5 * loss("other.lua"))
  }

  @Test func rejectsScoresThatOverflow() throws {
    let project = try project()
    try project.edit("c.lua", "lr = not fits and 1e-2 or nil", "max_grad_norm = 0, every = 1, lr = 1e18")
    let outcome = try Program.run(["run", "c.lua", "--out", "one", "--quiet"], in: project.folder.url)
    #expect(outcome.status == 4 || outcome.status == 3 || outcome.status == 5, "\(outcome.status): \(outcome.all)")
    #expect(outcome.all.contains("a lower learning rate"), "\(outcome.all)")
  }
}
