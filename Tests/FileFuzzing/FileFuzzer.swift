import SwerveFiles
import SwerveModel
import SwerveRL
import SwerveRecords
import SwerveReports
import SwerveRuns
import SwerveTensor
import SwerveTestSupport
import SwerveText

/// Reads mutated files in every way the program does: each from its own seed, so that one can be read again alone.
package struct FileFuzzer {
  /// What reading one file came to.
  package struct Outcome {
    package let kind: FileCorpus.Kind
    /// Of the readers: those that took the file, and those that refused it.
    package var accepted = 0
    package var refused = 0
    /// What can't be right: an error of another kind than the program's own, or without a text.
    package var complaints: [String] = []

    fileprivate mutating func read(_ name: String, _ body: () throws -> Void) {
      do {
        try body()
        accepted += 1
      } catch {
        refused += 1
        let text = "\(error)"
        if !FileFuzzer.isTyped(error) { complaints.append("\(name): an error of another kind: \(text.prefix(300))") }
        if text.isEmpty { complaints.append("\(name): an error without a text") }
        if text.utf8.count > 1 << 16 { complaints.append("\(name): an error of \(text.utf8.count) bytes") }
      }
    }
  }

  private let corpus: FileCorpus
  private let kinds: [FileCorpus.Kind]

  /// - Parameter kinds: of the files that are mutated.
  package init(_ corpus: FileCorpus, kinds: [FileCorpus.Kind] = FileCorpus.Kind.allCases) {
    self.corpus = corpus
    self.kinds = kinds
  }

  /// Those that the program turns into a message and an exit code.
  private static func isTyped(_ error: any Error) -> Bool {
    error is any UserFacingError
  }

  /// Mutates one file as the seed says, reads it, and puts it back.
  /// - Parameter willRead: is handed the file's path before anything reads it.
  package func run(seed: UInt64, willRead: (FileCorpus.Kind, String) -> Void = { _, _ in }) throws -> Outcome {
    var random = TestRandom(seed, "tests/files")
    let kind = kinds[random.within(0...kinds.count - 1)]
    let originals = corpus.originals(of: kind)
    let original = originals.count == 1 ? originals[0] : originals[random.within(0...originals.count - 1)]
    let (path, bytes) = (original.path, original.bytes)
    let isCheckpoint = kind == .checkpoint || kind == .snapshot || kind == .adapters
    if isCheckpoint && random.within(0...1) == 0 {
      try FileRepair.checkpoint(path, &random)
    } else {
      let wantsRepair = random.within(0...1) == 0
      var mutator = FileMutator(random: random)
      var head = bytes.count
      if let length = original.head, random.within(0...1) == 0 { head = min(length, bytes.count) }
      let others = kinds.map { corpus.place(of: $0).bytes }
      let part = Array(bytes.prefix(head))
      let own: [UInt8]? =
        switch kind {
        case _ where !wantsRepair: nil
        case .gguf, .weights: mutator.mutateNumbers(part)
        case .config, .tokenizer, .tokenizerConfig, .generationConfig, .weightIndex: mutator.mutateValues(part)
        default: nil
        }
      var mutant = (own ?? mutator.mutate(part, others: others)) + bytes.dropFirst(head)
      if wantsRepair, let repaired = FileRepair.repair(kind, mutant, original: bytes) { mutant = repaired }
      try POSIXFile.writeAtomically(mutant, to: path)
    }
    willRead(kind, path)
    var outcome = Outcome(kind: kind)
    read(original, &outcome)
    try corpus.restore(original)
    return outcome
  }

  private func read(_ original: FileCorpus.Original, _ outcome: inout Outcome) {
    let (kind, path) = (original.kind, original.path)
    switch kind {
    case .golden:
      outcome.read("golden") {
        let golden = try GoldenFile.read(path)
        let report = Comparison.compare(ComparedRun(golden), try ComparedRun.read(corpus.run))
        _ = report.text() + report.json.compact()
      }
    case .pack:
      outcome.read("verify") { _ = try PackReader.verify(path) }
      outcome.read("unpack") { try PackReader.withFolder(path) { _ = try RunCheck.run($0) } }
    case .position, .snapshot: resume(&outcome)
    case .index: outcome.read("list") { _ = try list() }
    case .manifest, .metrics, .result, .samples, .classification, .checksums, .checkpoint:
      readRun(kind, path, &outcome)
    case .gguf, .config, .tokenizer, .tokenizerConfig, .generationConfig, .chatTemplate, .weights, .weightIndex,
      .adapters:
      readModel(original.model, &outcome)
    }
  }

  /// As import, check, generate and export do.
  private func readModel(_ path: String, _ outcome: inout Outcome) {
    outcome.read("import") {
      let summary = try ModelSummary(ModelFiles(path))
      _ = summary.text(listsTensors: true) + summary.json.compact()
    }
    outcome.read("tokens") {
      let tokenizer = try ModelFiles(path).tokenizer()
      for text in Self.texts {
        let tokens = try tokenizer.encodePrompt(text)
        _ = tokenizer.decode(tokens) + tokenizer.decode(try tokenizer.encode(text, parsingSpecial: false))
        _ = try tokenizer.encodeWithSpecial(text, and: "b")
      }
    }
    outcome.read("check") {
      let script = try LoadedScript.load(corpus.script(of: path), RunSettings()) { _ in }
      let plan = PlanSummary(script, try SizeForecast(script, callsHooks: true))
      _ = plan.text() + plan.json.compact()
    }
    var model: LoadedModel?
    let pool = WorkerPool(threads: 1)
    defer { pool.close() }
    outcome.read("load") { model = try ModelLoading.model(ModelFiles(path), mode: .exact, pool: pool) }
    guard let model else { return }
    outcome.read("generate") {
      for temperature in [nil, 1] as [Float?] {
        _ = try GeneratedText(model, prompt: "a 1", limit: 3, temperature: temperature, seed: 1, pool: pool).json
          .compact()
      }
    }
    outcome.read("export") { try ModelExport.huggingFace(model, to: corpus.folder + "/exported") }
    outcome.read("checkpoint") {
      let checkpoint = corpus.folder + "/exported.safetensors"
      try ModelExport.checkpoint(model, to: checkpoint)
      _ = try CheckpointLoading.model(checkpoint, mode: .exact)
    }
    for written in ["/exported", "/exported.safetensors"] { try? POSIXFile.remove(corpus.folder + written) }
  }

  /// Words, digits, spaces, marks, letters with accents, other scripts, special tokens.
  private static let texts = [
    "", "a", "The  quick brown fox\n\n", "12 + 345 = 357", "caf\u{e9} cafe\u{301} \u{1F600}\u{200d}",
    "<|endoftext|>a<|im_start|>user<s></s>[CLS] [UNK]", "\t\u{a0}\u{3000}x", "don't WE'LL", "\u{65e5}\u{672c}\u{8a9e}",
    String(repeating: "ab ", count: 200), String(repeating: "z", count: 500),
  ]

  private func readRun(_ kind: FileCorpus.Kind, _ path: String, _ outcome: inout Outcome) {
    let run = corpus.run
    outcome.read("read") {
      let run = try RunReader.read(run)
      let summary = RunSummary(run)
      _ = summary.text() + summary.json.compact()
      for glob in ["*", "success*"] { _ = try RunChart(run, only: Glob(glob)).svg() }
    }
    outcome.read("check") { _ = try RunCheck.run(run) }
    outcome.read("list") { try list() }
    outcome.read("report") { _ = try Report([run]).html() }
    outcome.read("compare") {
      let report = Comparison.compare(try ComparedRun.read(run), try ComparedRun.read(corpus.place(of: .golden).path))
      _ = report.text() + report.json.compact()
    }
    outcome.read("diff") {
      let (a, b) = (try RunReader.read(run), try RunReader.read(corpus.stopped))
      let diff = try RunDiff(a, b, Comparison.compare(ComparedRun(a), ComparedRun(b)))
      _ = diff.text() + diff.json.compact()
    }
    outcome.read("pack") { _ = try PackWriter.pack(run, to: corpus.folder + "/other.tar") }
    if kind == .manifest {
      outcome.read("replay") {
        do { _ = try Replay.run(run, threads: 1, observers: [Stopping()]) { _ in } } catch is Enough {}
      }
    }
    if kind == .checkpoint { outcome.read("model") { _ = try CheckpointLoading.model(path, mode: .exact) } }
  }

  private func list() throws {
    let rows = try RunList.scan(corpus.runs, indexedRuns: 1)
    _ = RunList.text(rows) + RunList.json(rows).compact() + (try RunTable(rows, columns: nil).csv())
  }

  /// Resuming changes the folder, so it is done in a copy. Every run ends at its first step.
  private func resume(_ outcome: inout Outcome) {
    let copy = corpus.folder + "/copy"
    outcome.read("resume") {
      try Self.copy(corpus.stopped, to: copy)
      var watchers = Runner.Watchers()
      watchers.isCancelled = { true }
      _ = try Runner.resume(copy, threads: 1, watchers: watchers) { _ in }
    }
    try? POSIXFile.remove(copy)
  }

  private static func copy(_ from: String, to: String) throws {
    try POSIXFile.makeFolders(to)
    for name in try POSIXFile.list(from) {
      let (source, target) = (from + "/" + name, to + "/" + name)
      if POSIXFile.kind(source) == .folder {
        try copy(source, to: target)
      } else {
        try POSIXFile.writeAtomically(try POSIXFile.read(source), to: target)
      }
    }
  }

  private struct Enough: Error {}

  /// Ends a replay before its first step.
  private final class Stopping: TrainingObserver {
    func stageWillStart(_ stage: StageInfo) throws { throw Enough() }
  }
}
