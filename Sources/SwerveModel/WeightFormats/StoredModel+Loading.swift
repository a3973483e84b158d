import SwerveTensor
import SwerveText
import Synchronization

extension StoredModel {
  /// Reads all weights into a model, straight from the files' bytes. A value head is left as it is: no file has one.
  /// - Throws: `WeightFormatError` for a parameter of the model that the files lack or have with another shape (then
  ///   nothing was read), and for an output matrix that differs from the embedding it should be tied to.
  package func load(into model: Transformer, pool: WorkerPool) throws {
    defer { for file in files { file.release() } }
    var sources: [ExactString: ParameterSource] = [:]
    for source in parameters { sources[ExactString(source.name)] = source }
    let targets = try model.layout.entries.filter { !$0.role.isAdded }.map { entry in
      guard let source = sources[ExactString(entry.name)], source.shape == entry.shape else {
        throw WeightFormatError(
          .missing, files.first?.name ?? format, "parameter \(shown(entry.name))",
          found: sources[ExactString(entry.name)].map { "the shape \($0.shape)" } ?? "no tensor for it",
          expected: "the shape \(entry.shape)")
      }
      return (source: source, offset: entry.offset)
    }
    let pieces = targets.flatMap { target in
      target.source.tensor.pieces.map { (source: target.source, offset: target.offset, rows: $0) }
    }
    model.update { weights in
      pool.run(pieces.count) { index, _ in
        let piece = pieces[index]
        piece.source.read(storedRows: piece.rows, into: weights + piece.offset)
      }
    }
    if let tiedCopy, let embedding = model.layout.entry(tiedCopy.embedding) {
      try check(tiedCopy.tensor, equals: model.parameters + embedding.offset, pool)
    }
  }

  private func check(_ copy: StoredTensor, equals values: UnsafePointer<Float>, _ pool: WorkerPool) throws {
    let pieces = copy.pieces
    let firstDifference = Atomic<Int>(.max)
    pool.run(pieces.count) { index, _ in
      let (rows, length) = (pieces[index], copy.rowLength)
      withUnsafeTemporaryAllocation(of: Float.self, capacity: rows.count * length) { buffer in
        copy.read(rows: rows, into: buffer.baseAddress!)
        let start = rows.lowerBound * length
        for i in 0..<buffer.count where buffer[i].bitPattern != values[start + i].bitPattern {
          firstDifference.min(start + i, ordering: .relaxed)
          return
        }
      }
    }
    let place = firstDifference.load(ordering: .relaxed)
    guard place == .max else {
      throw WeightFormatError(
        .contradictory, copy.fileName, "tensor \(shown(copy.name))",
        found: "another value than the embedding's in row \(place / copy.rowLength)",
        expected: "the embedding itself, as the weights are tied",
        hint: "set tie_word_embeddings to false in config.json if the output weights are the model's own")
    }
  }
}

extension StoredTensor {
  /// Rows that one thread reads at a time. Only where they end decides, so threads change nothing.
  fileprivate var pieces: [Range<Int>] {
    let step = max(1, (1 << 16) / max(1, rowLength))
    return stride(from: 0, to: rows, by: step).map { $0..<min($0 + step, rows) }
  }
}
