import Foundation
import SwerveFiles
import SwerveRecords
import SwerveReports
import SwerveRuns
import SwerveTestSupport

/// A run that was really recorded, in a folder of its own, with a golden and a packed file, and models of other tools:
/// what is mutated.
package final class FileCorpus {
  /// What a file is read as.
  package enum Kind: String, CaseIterable, Sendable {
    case manifest, metrics, result, samples, classification, position, checksums, checkpoint, snapshot, golden, pack
    case index
    /// Files of other tools' models.
    case gguf, config, tokenizer, tokenizerConfig, generationConfig, chatTemplate, weights, weightIndex
    /// A checkpoint of adapters on one of them.
    case adapters

    package static let ofRuns: [Kind] = [
      .manifest, .metrics, .result, .samples, .classification, .position, .checksums, .checkpoint, .snapshot, .golden,
      .pack, .index,
    ]
    package static let ofModels: [Kind] = allCases.filter { !ofRuns.contains($0) }
  }

  /// A file as it was.
  package struct Original {
    package let kind: Kind
    package let path: String
    package let bytes: [UInt8]
    /// What of it comes before its values, which are most of its bytes: mutations are drawn there half of the time.
    package let head: Int?
    /// The file or folder of the model that the file belongs to.
    package var model = ""
  }

  package let folder: String
  private let originals: [Original]

  package var run: String { Path.join(folder, "runs/tiny") }
  package var runs: String { Path.join(folder, "runs") }

  /// - Parameter folder: an empty one.
  package init(folder: String) throws {
    self.folder = folder
    try POSIXFile.writeAtomically(Self.script, to: Path.join(folder, "tiny.lua"))
    try POSIXFile.writeAtomically("root\ta\tb\na\tc\td\n", to: Path.join(folder, "tree.tsv"))
    try POSIXFile.writeAtomically(
      "{\"text\": \"1+1\", \"label\": [\"a\", \"c\"]}\n{\"text\": \"2\", \"label\": [\"b\"]}\n",
      to: Path.join(folder, "texts.jsonl"))
    let run = Path.join(folder, "runs/tiny")
    let script = try LoadedScript.load(Path.join(folder, "tiny.lua"), RunSettings()) { _ in }
    let outcome = try Runner.run(script, out: run)
    let stopped = Path.join(folder, "stopped")
    var watchers = Runner.Watchers()
    watchers.pacing = CheckpointPacing(steps: 1)
    watchers.isCancelled = { true }
    _ = try Runner.run(script, out: stopped, watchers: watchers)
    let golden = Path.join(folder, "tiny.jsonl")
    try POSIXFile.writeAtomically(
      GoldenFile(try RunReader.read(run), reason: "a corpus", date: "2026-01-02").text, to: golden)
    let pack = Path.join(folder, "tiny.tar")
    _ = try PackWriter.pack(run, to: pack)
    let long = Clock.nanoseconds() + 60_000_000_000
    _ = try RunList.scan(Path.join(folder, "runs"), indexedRuns: 1, now: long)
    let checkpoints = try POSIXFile.list(stopped + "/checkpoints").filter { $0.hasSuffix(".safetensors") }
    let paths: [(Kind, String)] =
      [
        (.manifest, outcome.folder.manifest), (.metrics, outcome.folder.metrics), (.result, outcome.folder.result),
        (.samples, outcome.folder.samples), (.classification, outcome.folder.classification),
        (.checksums, Path.join(run, RunChecksums.fileName)),
        (.checkpoint, outcome.folder.checkpoint(stage: "tuned")), (.golden, golden), (.pack, pack),
        (.position, RunFolder(path: stopped).position),
        (.index, Path.join(folder, "runs/.swerve-index.sqlite")),
      ] + checkpoints.prefix(1).map { (.snapshot, Path.join(stopped + "/checkpoints", $0)) }
    let files = try paths.map { kind, path in
      // The list in front of a packed run is a small part of it.
      Original(kind: kind, path: path, bytes: try POSIXFile.read(path), head: kind == .pack ? 4096 : nil)
    }
    originals = files + (try Self.models(in: folder))
  }

  deinit { try? POSIXFile.remove(folder) }

  /// The files of a kind; several where models differ in what they have.
  package func originals(of kind: Kind) -> [Original] { originals.filter { $0.kind == kind } }

  package func place(of kind: Kind) -> (path: String, bytes: [UInt8]) {
    originals(of: kind).first.map { ($0.path, $0.bytes) } ?? ("", [])
  }

  /// The run that was stopped, whose files resuming changes.
  package var stopped: String { Path.join(folder, "stopped") }

  /// The file as it was.
  package func restore(_ original: Original) throws { try POSIXFile.writeAtomically(original.bytes, to: original.path) }

  /// A script that starts from a model, in the same folder.
  package func script(of model: String) -> String { model + ".lua" }

  /// The least that has every file.
  private static let script = """
    local swerve = require "swerve"
    local o = swerve.options { digits = 1, alpha = 20, task = "addition" }
    local reference = swerve.pretrain {
      model = { layers = 1, heads = 1, width = 16, context = 360 },
      task = swerve.tasks.addition { comfort = o.digits }, steps = 2, batch = 2, lr = 1e-3,
    }
    local texts = swerve.data "texts.jsonl"
    local classifier = swerve.classify {
      from = reference, pooling = "mean", length = 2, hierarchy = swerve.hierarchy "tree.tsv", train = texts,
      test = texts, loss = require("swerve.hierarchy.leaf_softmax") {}, decode = { "leaf", "threshold" },
      epochs = 1, batch = 2, lr = 1e-3,
    }
    return {
      classifier,
      swerve.finetune {
        name = "tuned", from = reference, task = swerve.tasks.addition { comfort = o.digits, plus = 1 },
        updates = 2, episodes = 2, minibatch = 2, lr = 1e-4, vf = 0.1, entropy = 0.001,
        kl = { coef = 5.0, estimator = "k2" }, eval = { every = 1, sets = { comfort = 1 } },
      },
    }

    """

  // MARK: models

  /// Every family, type of values and way to store them occurs.
  private static let ggufFiles = [
    "llama-Q4_1", "llama-headdim-F16", "llama3-F32", "qwen2-Q5_0", "llama-Q8_0", "llama-Q6_K",
  ]
  private static let folders = ["llama-sharded", "llama-rope3", "qwen2", "qwen3", "gpt2-hub", "bert-classifier"]

  /// Copies of the fixtures' models, with a script beside each.
  private static func models(in folder: String) throws -> [Original] {
    let models = Path.join(folder, "models")
    try POSIXFile.makeFolders(models)
    var originals: [Original] = []
    func add(_ kind: Kind, _ path: String, _ source: URL, model: String) throws {
      let bytes = [UInt8](try Data(contentsOf: source))
      try POSIXFile.writeAtomically(bytes, to: path)
      originals.append(Original(kind: kind, path: path, bytes: bytes, head: head(kind, bytes), model: model))
    }
    for name in ggufFiles {
      let path = Path.join(models, name + ".gguf")
      try add(.gguf, path, RealModels.gguf.appendingPathComponent(name + ".gguf"), model: path)
    }
    for name in folders {
      let (model, source) = (Path.join(models, name), RealModels.models.appendingPathComponent(name))
      try POSIXFile.makeFolders(model)
      for file in try POSIXFile.list(source.path) {
        let kind: Kind? =
          switch file {
          case "config.json": .config
          case "tokenizer.json": .tokenizer
          case "tokenizer_config.json": .tokenizerConfig
          case "generation_config.json": .generationConfig
          case "chat_template.jinja": .chatTemplate
          case "model.safetensors.index.json": .weightIndex
          default: file.hasSuffix(".safetensors") ? .weights : nil
          }
        if let kind { try add(kind, Path.join(model, file), source.appendingPathComponent(file), model: model) }
      }
    }
    originals.append(try adapters(in: folder))
    for original in originals {
      try POSIXFile.writeAtomically(
        modelScript.replacingOccurrences(of: "MODEL", with: Path.name(original.model)), to: original.model + ".lua")
    }
    return originals
  }

  /// Adapters that were trained on a model, in the folder of their run, where the model is found.
  private static func adapters(in folder: String) throws -> Original {
    let script = Path.join(folder, "adapters.lua")
    let text = modelScript.replacingOccurrences(of: "MODEL", with: "models/" + folders[0])
      .replacingOccurrences(of: "lr = 1e-5,", with: "lr = 1e-2, train = \"lora\", lora = { rank = 2 },")
    try POSIXFile.writeAtomically(text, to: script)
    let run = try Runner.run(LoadedScript.load(script, RunSettings()) { _ in }, out: Path.join(folder, "adapters"))
    let path = run.folder.checkpoint(stage: "finetune")
    let bytes = try POSIXFile.read(path)
    return Original(kind: .adapters, path: path, bytes: bytes, head: head(.weights, bytes), model: path)
  }

  private static func head(_ kind: Kind, _ bytes: [UInt8]) -> Int? {
    switch kind {
    case .weights: 8 + Int(bytes[0]) + Int(bytes[1]) << 8
    // The values of these small models begin after their keys and names, which take some 7 KB.
    case .gguf: 7 << 10
    default: nil
    }
  }

  /// It asks for the chat format while it loads, and for text in tokens of the model.
  private static let modelScript = """
    local swerve = require "swerve"
    local isKnown, chat = pcall(swerve.chat, { { role = "user", content = "a" } }, { model = "MODEL" })
    local task = swerve.tasks.custom {
      name = "echo", stop = "\\n", limit = 4, longest_prompt = 40,
      prompt = function(rng) return (isKnown and chat or "") .. "1 2" end,
      solution = function() return "3" end, reward = function(prompt, answer) return answer == "3" and 1 or 0 end,
    }
    return swerve.finetune {
      from = "MODEL", task = task, algorithm = "grpo", updates = 1, episodes = 4, group = 2, minibatch = 4, lr = 1e-5,
      kl = { coef = 0.1, estimator = "full" },
    }

    """
}
