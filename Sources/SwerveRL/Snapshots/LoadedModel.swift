import SwerveModel

/// A model and the tokenizer that it writes with: what a stage starts from, and what it gives.
package struct LoadedModel {
  package let model: Transformer
  package let tokenizer: any Tokenizer
  /// Where the model comes from, or, for adapters, the model below them; nil where nobody asks for it.
  package let origin: ModelOrigin?

  package init(model: Transformer, tokenizer: any Tokenizer, origin: ModelOrigin? = nil) {
    self.model = model
    self.tokenizer = tokenizer
    self.origin = origin
  }

  package var metadata: [(key: String, value: String)] {
    let shape = CheckpointMetadata.make(model.configuration, tokenizer: tokenizer.identity)
    return model.base == nil ? shape : shape + (origin?.metadata ?? [])
  }
}

/// Where a model was read from. A checkpoint of adapters names the model below them this way.
package enum ModelOrigin: Sendable {
  /// - Parameters:
  ///   - path: as the script names it.
  ///   - sha256: of its files, or of a checkpoint's weights.
  case file(path: String, sha256: String)
  /// The result of a stage of the same run.
  case stage(String)

  private static let pathKey = "base_path"
  package static let digestKey = "base_sha256"
  package static let stageKey = "base_stage"

  /// As people read it.
  package var description: String {
    switch self {
    case .file(let path, _): path
    case .stage(let name): "the result of stage '\(name)'"
    }
  }

  var metadata: [(key: String, value: String)] {
    switch self {
    case .file(let path, let sha256): [(Self.pathKey, path), (Self.digestKey, sha256)]
    case .stage(let name): [(Self.stageKey, name)]
    }
  }

  /// Reads it from a checkpoint's metadata; nil where they name no base.
  package init?(_ value: (String) -> String?) {
    if let stage = value(Self.stageKey) {
      self = .stage(stage)
    } else if let path = value(Self.pathKey), let sha256 = value(Self.digestKey) {
      self = .file(path: path, sha256: sha256)
    } else {
      return nil
    }
  }
}
