import SwerveFiles
import SwerveModel
import SwerveRL
import SwerveRecords
import SwerveText

/// What a model file or folder holds, for `swerve import`.
package struct ModelSummary {
  private let path: String
  private let format: String
  private let configuration: ModelConfiguration
  private let tokenizer: any Tokenizer
  private let chatTemplate: String?
  private let tensors: [(name: String, type: String, shape: [Int], bytes: Int)]
  private let digests: [FileDigest]
  /// The model below adapters; nil for a whole model.
  private let base: String?

  /// - Throws: what is wrong with the files.
  package init(_ files: ModelFiles) throws {
    path = files.path
    digests = try files.digests(recorded: Path.name(files.path))
    if files.isCheckpoint {
      let checkpoint = try CheckpointFile.read(files.checkpoint)
      (configuration, tokenizer) = try CheckpointLoading.description(checkpoint, path: files.path)
      format = CheckpointFile.format
      base = ModelOrigin { checkpoint.metadata($0) }?.description
      tensors = checkpoint.shapes.map { ($0.name, "F32", $0.shape, 4 * $0.shape.reduce(1, *)) }
    } else {
      let stored = try files.stored()
      (configuration, tokenizer) = (stored.configuration, try files.tokenizer())
      format = stored.format
      base = nil
      tensors = stored.tensors.map { ($0.name, $0.typeName, $0.shape, $0.range.count) }
    }
    chatTemplate = (tokenizer as? SubwordTokenizer)?.chatTemplate
  }

  /// Bytes of the values by the name of their type, in the order in which the types first occur.
  private var types: [(name: String, tensors: Int, bytes: Int)] {
    var types: [(name: String, tensors: Int, bytes: Int)] = []
    for tensor in tensors {
      let index = types.firstIndex { $0.name === tensor.type } ?? types.count
      if index == types.count { types.append((tensor.type, 0, 0)) }
      types[index].tensors += 1
      types[index].bytes += tensor.bytes
    }
    return types
  }

  /// - Parameter listsTensors: a row for each tensor.
  package func text(listsTensors: Bool) -> String {
    let c = configuration
    var rows = [
      ["model", path], ["format", format], ["family", c.family.name],
      ["parameters", "\(c.parameters)" + (c.adapters == nil ? "" : " of adapters")],
      ["layers", "\(c.layers)"], ["width", "\(c.width)"],
      ["heads", c.keyValueHeads == c.heads ? "\(c.heads)" : "\(c.heads), \(c.keyValueHeads) of keys and values"],
      ["head width", "\(c.headWidth)"], ["MLP width", "\(c.innerWidth)"], ["context", "\(c.context)"],
      ["vocabulary", "\(c.vocabulary)"], ["output weights", c.isTied ? "the token embedding" : "their own"],
      ["tokenizer", tokenizer.identity.statement],
      ["ends of text", ends.isEmpty ? "none" : ends.map { $0.debugDescription }.joined(separator: " ")],
      ["chat template", chatTemplate == nil ? "none" : "yes"],
    ]
    if let adapters = c.adapters {
      rows += [
        ["adapters", "\(adapters.summary), alpha \(adapters.alpha)"], ["model below them", base ?? "not named"],
      ]
    }
    if let classifier = c.classifier {
      rows.append([
        "classifier",
        "\(classifier.labels) labels, \(classifier.pooling.rawValue) of at most \(classifier.length) tokens, "
          + classifier.probabilities,
      ])
    }
    rows += types.map { ["\($0.name)", "\($0.tensors) tensors, \($0.bytes) bytes"] }
    rows += digests.map { ["sha256 \($0.path)", $0.sha256] }
    if !listsTensors { return TextTable.text(rows) }
    let head = ["TENSOR", "TYPE", "SHAPE", "BYTES"]
    return TextTable.text(rows) + "\n"
      + TextTable.text([head] + tensors.map { [$0.name, $0.type, "\($0.shape)", "\($0.bytes)"] })
  }

  private var ends: [String] { tokenizer.endTokens.map { tokenizer.text(of: $0) } }

  package var json: JSONValue {
    let c = configuration
    return [
      "model": .string(path), "format": .string(format), "family": .string(c.family.name),
      "parameters": .integer(c.parameters), "layers": .integer(c.layers), "width": .integer(c.width),
      "heads": .integer(c.heads), "key_value_heads": .integer(c.keyValueHeads), "head_width": .integer(c.headWidth),
      "inner_width": .integer(c.innerWidth), "context": .integer(c.context), "vocabulary": .integer(c.vocabulary),
      "tied": .bool(c.isTied),
      "tokenizer": [
        "kind": .string(tokenizer.identity.kind), "tokens": .integer(tokenizer.vocabularySize),
        "ends": .array(ends.map { .string($0) }),
      ],
      "adapters": c.adapters.map {
        [
          "rank": .integer($0.rank), "alpha": .float($0.alpha), "layers": .array($0.layers.map { .string($0) }),
          "base": base.map { .string($0) } ?? .null,
        ]
      } ?? .null,
      "chat_template": chatTemplate.map { .string($0) } ?? .null,
      "files": .array(digests.map { ["path": .string($0.path), "sha256": .string($0.sha256)] }),
      "tensors": .array(
        tensors.map {
          [
            "name": .string($0.name), "type": .string($0.type), "shape": .array($0.shape.map { .integer($0) }),
            "bytes": .integer($0.bytes),
          ]
        }),
    ]
  }
}
