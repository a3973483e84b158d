import SwerveText

/// Where the values of one of the model's parameters come from.
package struct ParameterSource: Sendable {
  /// How the rows in the file become the rows of the parameter.
  enum Arrangement: Equatable, Sendable {
    case asStored
    /// Channels 2i and 2i + 1 of each head are neighbours in the file; the model has them in halves, i and i + width /
    /// 2. GGUF files of architecture "llama" have the rows of queries and keys so.
    case interleavedHeads(width: Int)
    /// The file has (out, in), the parameter (in, out).
    case transposed
  }

  /// The parameter's name and shape in the model.
  package let name: String
  package let shape: [Int]
  package let tensor: StoredTensor
  let arrangement: Arrangement

  /// Writes the values that some rows of the file's tensor hold to where they belong in the parameter.
  func read(storedRows rows: Range<Int>, into parameter: UnsafeMutablePointer<Float>) {
    let length = tensor.rowLength
    switch arrangement {
    case .asStored:
      tensor.read(rows: rows, into: parameter + rows.lowerBound * length)
    case .interleavedHeads(let width):
      for row in rows {
        let (head, channel) = row.quotientAndRemainder(dividingBy: width)
        let target = head * width + channel % 2 * (width / 2) + channel / 2
        tensor.read(rows: row..<row + 1, into: parameter + target * length)
      }
    case .transposed:
      withUnsafeTemporaryAllocation(of: Float.self, capacity: length) { values in
        for row in rows {
          tensor.read(rows: row..<row + 1, into: values.baseAddress!)
          for column in 0..<length { parameter[column * tensor.rows + row] = values[column] }
        }
      }
    }
  }
}

/// Finds a tensor for each parameter of a model. Each other tensor must be one that the format knows to mean nothing.
struct ParameterMatching {
  let configuration: ModelConfiguration
  /// The file that an error about a missing tensor names.
  let file: String
  let tensors: [StoredTensor]
  /// The parameter that a tensor of this name holds.
  let parameterName: (String) -> String
  /// How the file names a parameter, for errors.
  var fileName: (String) -> String = { $0 }
  var arrangement: (ParameterEntry) -> ParameterSource.Arrangement = { _ in .asStored }
  /// Whether a tensor that no parameter needs may be left out, by the name from `parameterName`.
  let isKnown: (String) -> Bool

  /// - Throws: `WeightFormatError` for a parameter without a tensor, another shape, a type that can't be read, two
  ///   tensors for one parameter, or a tensor that nothing needs.
  func sources() throws -> [ParameterSource] {
    var byName: [ExactString: StoredTensor] = [:]
    for tensor in tensors {
      let name = ExactString(parameterName(tensor.name))
      guard let other = byName.updateValue(tensor, forKey: name) else { continue }
      throw WeightFormatError(
        .contradictory, tensor.fileName, "tensor \(shown(tensor.name))", found: "also \(shown(other.name))",
        expected: "one tensor for \(shown(name.wrappedValue))")
    }
    let sources = try ParameterLayout(configuration).entries.map { entry in
      guard let tensor = byName.removeValue(forKey: ExactString(entry.name)) else {
        throw WeightFormatError(
          .missing, file, "tensor \(shown(fileName(entry.name)))", found: "\(tensors.count) other tensors",
          expected: "this one with the shape \(entry.shape)")
      }
      return try source(of: entry, tensor)
    }
    // In the order of the file, so that the same file gives the same error.
    for tensor in tensors {
      let name = parameterName(tensor.name)
      guard byName[ExactString(name)] == nil || isKnown(name) else {
        throw WeightFormatError(
          .unsupported, tensor.fileName, "tensor \(shown(tensor.name))", found: "it in the file",
          expected: "only tensors that a model of family \(configuration.family.name) has")
      }
    }
    return sources
  }

  private func source(of entry: ParameterEntry, _ tensor: StoredTensor) throws -> ParameterSource {
    let arrangement = arrangement(entry)
    let expected = arrangement == .transposed ? entry.shape.reversed() : entry.shape
    guard tensor.shape == expected else {
      throw WeightFormatError(
        .contradictory, tensor.fileName, "tensor \(shown(tensor.name))", found: "the shape \(tensor.shape)",
        expected: "\(expected)")
    }
    guard tensor.type != nil else {
      let known = StoredType.allCases.map(\.rawValue).joined(separator: " ")
      throw WeightFormatError(
        .unsupported, tensor.fileName, "tensor \(shown(tensor.name))", found: "type \(tensor.typeName)",
        expected: "one of \(known)")
    }
    return ParameterSource(name: entry.name, shape: entry.shape, tensor: tensor, arrangement: arrangement)
  }
}
