import SwerveText

/// A format of weights: it recognizes a model's files by their names and reads a description with named tensors. A new
/// format needs a file of its own and an entry in `all`.
package struct WeightFormat: Sendable {
  package let name: String
  /// Whether a model of this format uses a file of this name. Of a folder, only such files need to be opened.
  package let uses: @Sendable (_ fileName: String) -> Bool
  /// Whether these are the names of a model's files in this format.
  let recognizes: @Sendable (_ fileNames: [String]) -> Bool
  let read: @Sendable (_ files: [ModelFile], _ families: [ModelFamily]) throws -> StoredModel

  package static let all: [WeightFormat] = [.gguf, .huggingFace]

  /// - Parameters:
  ///   - files: of one model, in any order.
  ///   - families: what the model may be.
  /// - Throws: `WeightFormatError`.
  package static func read(_ files: [ModelFile], families: [ModelFamily] = ModelFamily.all) throws -> StoredModel {
    let names = files.map(\.name)
    guard let format = all.first(where: { $0.recognizes(names) }) else {
      let some = names.prefix(8).map(shown).joined(separator: " ")
      throw WeightFormatError(
        .unsupported, names.count == 1 ? names[0] : "model", found: names.isEmpty ? "no files" : "the files \(some)",
        expected: "one .gguf file, or config.json with model.safetensors or model.safetensors.index.json",
        hint: names.contains { $0.endsExactly(with: ".bin") }
          ? "save the model as safetensors: model.save_pretrained(folder, safe_serialization=True)" : nil)
    }
    return try format.read(files, families)
  }
}
