import SwerveText

/// The tensors of a folder: of model.safetensors, or of the shards that model.safetensors.index.json names.
struct HuggingFaceWeights {
  /// What an error about a missing tensor names.
  let name: String
  let tensors: [StoredTensor]
  /// The files that hold them.
  let files: [ModelFile]

  /// - Throws: `WeightFormatError`.
  init(_ files: [ModelFile]) throws {
    func file(_ name: String) -> ModelFile? { files.first { $0.name === name } }
    let single = file("model.safetensors")
    guard let index = file("model.safetensors.index.json") else {
      guard let single else {
        throw WeightFormatError(
          .missing, "model.safetensors", found: "no such file",
          expected: "model.safetensors, or model.safetensors.index.json with its shards",
          hint: "save the model as safetensors: model.save_pretrained(folder, safe_serialization=True)")
      }
      (name, self.files, tensors) = (single.name, [single], try Self.tensors(single))
      return
    }
    let map = try Self.map(index)
    let shardNames = map.map(\.shard).distinct
    if let single, !shardNames.containsExactly(single.name) {
      throw WeightFormatError(
        .contradictory, index.name, found: "\(single.name) beside it, which it does not name",
        expected: "one of them", hint: "remove the one that is not the model")
    }
    let shards = try shardNames.map { name in
      guard let shard = file(name) else {
        throw WeightFormatError(
          .missing, name, found: "no such file", expected: "the shard that \(index.name) names")
      }
      return shard
    }
    (name, self.files) = (index.name, shards)
    tensors = try Self.tensors(of: shards, map, index.name)
  }

  private static func map(_ index: ModelFile) throws -> [(tensor: String, shard: String)] {
    guard let map = try index.object().first(where: { $0.key === "weight_map" })?.value.members else {
      throw WeightFormatError(
        .missing, index.name, "key \"weight_map\"", found: "no such object", expected: "a shard for each tensor")
    }
    return try map.map { member in
      guard let shard = member.value.string else {
        throw WeightFormatError(
          .malformed, index.name, "tensor \(shown(member.key))", found: member.value.kind, expected: "a shard's name")
      }
      return (member.key, shard)
    }
  }

  private static func tensors(_ file: ModelFile) throws -> [StoredTensor] {
    do {
      return try Safetensors(file.bytes).entries.map {
        StoredTensor(name: $0.name, typeName: $0.dtype.rawValue, shape: $0.shape, file: file, range: $0.range)
      }
    } catch let error as SafetensorsError {
      // The same error with the name of the file, as a model may have many.
      throw WeightFormatError(
        error.kind == .cutOff ? .cutOff : .malformed, file.name,
        (error.tensor.map { "tensor \(shown($0)), " } ?? "") + error.problem, found: error.found,
        expected: error.expected)
    }
  }

  /// Every tensor must be in the shard that the index says, and nowhere else.
  private static func tensors(
    of shards: [ModelFile], _ map: [(tensor: String, shard: String)], _ index: String
  ) throws -> [StoredTensor] {
    var left: [ExactString: String] = [:]
    for (tensor, shard) in map { left[ExactString(tensor)] = shard }
    var tensors: [StoredTensor] = []
    for shard in shards {
      for tensor in try Self.tensors(shard) {
        let announced = left.removeValue(forKey: ExactString(tensor.name))
        guard announced === shard.name else {
          let other = announced.map { "\(shown($0)) for it" } ?? "no tensor of this name, or another shard with it"
          throw WeightFormatError(
            .contradictory, index, "tensor \(shown(tensor.name)) of \(shard.name)", found: other,
            expected: shown(shard.name))
        }
        tensors.append(tensor)
      }
    }
    if let (tensor, shard) = map.first(where: { left[ExactString($0.tensor)] != nil }) {
      throw WeightFormatError(
        .contradictory, index, "tensor \(shown(tensor))", found: "shard \(shown(shard)), which does not have it",
        expected: "the shard that has it")
    }
    return tensors
  }
}
