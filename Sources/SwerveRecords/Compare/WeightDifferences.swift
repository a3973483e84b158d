import SwerveFiles
import SwerveText

/// How far apart the tensors of two checkpoints are.
package struct WeightDifferences: Equatable, Sendable {
  package struct Row: Equatable, Sendable {
    package let difference: TensorDifference
    /// ||a - b|| / ||a||, in Double; nil if that is not a number.
    package let relative: Double?
  }

  /// What is compared: a stage, or two files.
  package let label: String
  /// In the order of the checkpoint; only tensors that differ.
  package let rows: [Row]
  /// The number of tensors that both have, with the same shape.
  package let compared: Int
  /// Tensors that only one side has, or in another shape: "value.0.weight only in a".
  package let unpaired: [String]

  package var isSame: Bool { rows.isEmpty && unpaired.isEmpty }

  package init(_ label: String, _ a: Checkpoint, _ b: Checkpoint) {
    self.label = label
    // The tensors by name; only used for look-ups.
    var others: [ExactString: CheckpointTensor] = [:]
    for tensor in b.tensors { others[ExactString(tensor.name)] = tensor }
    var rows: [Row] = []
    var unpaired: [String] = []
    var compared = 0
    for tensor in a.tensors {
      guard let other = others.removeValue(forKey: ExactString(tensor.name)) else {
        unpaired.append("\(tensor.name) only in a")
        continue
      }
      guard other.shape == tensor.shape else {
        unpaired.append("\(tensor.name) is \(Self.size(tensor)) in a and \(Self.size(other)) in b")
        continue
      }
      compared += 1
      guard let difference = TensorDifference(tensor.name, shape: tensor.shape, tensor.values, other.values) else {
        continue
      }
      rows.append(Row(difference: difference, relative: Self.relative(tensor.values, other.values)))
    }
    self.rows = rows
    self.compared = compared
    self.unpaired = unpaired + b.tensors.filter { others[ExactString($0.name)] != nil }.map { "\($0.name) only in b" }
  }

  private static func size(_ tensor: CheckpointTensor) -> String {
    tensor.shape.map(String.init).joined(separator: " x ")
  }

  private static func relative(_ a: [Float], _ b: [Float]) -> Double? {
    var (distance, size) = (0.0, 0.0)
    for (x, y) in zip(a, b) {
      distance += (Double(x) - Double(y)) * (Double(x) - Double(y))
      size += Double(x) * Double(x)
    }
    let relative = (distance / size).squareRoot()
    return relative.isFinite ? relative : nil
  }

  /// - Parameter limit: how many tensors to list, those that are farthest apart first.
  package func lines(limit: Int = 10) -> [String] {
    if isSame { return ["\(label): all \(compared) tensors are the same"] }
    let sorted = rows.enumerated().sorted { x, y in
      let (p, q) = (x.element.relative ?? .infinity, y.element.relative ?? .infinity)
      return p != q ? p > q : x.offset < y.offset
    }.map(\.element)
    let table = TextTable.text(
      [["tensor", "elements that differ", "largest |a - b|", "||a - b|| / ||a||"]]
        + sorted.prefix(limit).map { row in
          let difference = row.difference
          return [
            difference.name, "\(difference.count) of \(difference.shape.reduce(1, *))",
            difference.largest.map { DisplayNumber.short($0) } ?? "not finite",
            row.relative.map { DisplayNumber.short($0) } ?? "not finite",
          ]
        })
    let head = "\(label): \(rows.count) of \(compared) tensors differ"
    let rest = rows.count > limit ? ["and \(rows.count - limit) nearer ones; --json lists all"] : []
    return [head] + table.pieces(at: "\n").map { "  " + $0 } + (rest + unpaired).map { "  " + $0 }
  }

  package var json: JSONValue {
    [
      "what": .string(label), "compared": .integer(compared),
      "tensors": .array(
        rows.map { row in
          .object(
            (row.difference.json.members ?? []) + [JSONMember("relative", row.relative.map { .double($0) } ?? .null)])
        }),
      "unpaired": .array(unpaired.map { .string($0) }),
    ]
  }
}
