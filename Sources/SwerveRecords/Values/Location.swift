import SwerveFiles
import SwerveText

/// The first tensor of a step in which two runs differ, found by computing both again.
package struct Location: Equatable, Sendable {
  package enum Finding: Equatable, Sendable {
    /// Both compute the same tensors up to here. This tensor has different values.
    case values(TensorDifference)
    /// From here on they compute different tensors.
    case structure(a: String, b: String)
    /// All tensors of the step are the same.
    case nothing
  }

  package let stage: String
  package let step: Int
  /// The number of finished steps of the stage at which both re-executions began; 0: the beginning of the stage.
  package let start: Int
  /// The number of tensors that agree before the first one that differs.
  package let agreeing: Int
  package let finding: Finding

  /// Whether the tensor is one that the step starts from.
  package var isAtStart: Bool {
    if case .values(let difference) = finding { difference.name.beginsExactly(with: "start/") } else { false }
  }

  package init(stage: String, step: Int, start: Int, agreeing: Int, finding: Finding) {
    self.stage = stage
    self.step = step
    self.start = start
    self.agreeing = agreeing
    self.finding = finding
  }
}

/// Two tensors of one name and shape.
package struct TensorDifference: Equatable, Sendable {
  package let name: String
  package let shape: [Int]
  /// The index of the first element that differs, one number for each axis.
  package let element: [Int]
  package let a: Float
  package let b: Float
  /// nil if one of the values is NaN.
  package let ulps: Int?
  /// The number of elements that differ.
  package let count: Int
  /// The largest |a - b| of these elements; nil if one of them has no finite distance.
  package let largest: Double?

  /// nil if all bits agree.
  package init?(_ name: String, shape: [Int], _ a: [Float], _ b: [Float]) {
    guard a.count == b.count else { return nil }
    var first: Int?
    var count = 0
    var largest: Double? = 0
    for index in a.indices where !ExactText.same(a[index], b[index]) {
      first = first ?? index
      count += 1
      let distance = abs(Double(a[index]) - Double(b[index]))
      largest = distance.isFinite ? largest.map { max($0, distance) } : nil
    }
    guard let first else { return nil }
    self.name = name
    self.shape = shape
    element = Self.indices(first, in: shape)
    self.a = a[first]
    self.b = b[first]
    ulps = ExactText.ulps(a[first], b[first])
    self.count = count
    self.largest = largest
  }

  /// Converts a row-major index to one index for each axis, from 0.
  private static func indices(_ index: Int, in shape: [Int]) -> [Int] {
    var rest = index
    var indices: [Int] = []
    for size in shape.reversed() {
      indices.append(rest % max(size, 1))
      rest /= max(size, 1)
    }
    return indices.reversed()
  }

  /// "h.0.mlp.c_fc.weight (128 x 512) at [3, 17]: 0.0123 (0x...) against 0.0124 (0x...), 93 ulps apart; 12 of 65536
  /// elements differ, at most by 1e-09"
  package var text: String {
    let size = shape.map(String.init).joined(separator: " x ")
    let all = shape.reduce(1, *)
    let extent = largest.map { ", at most by \($0)" } ?? ""
    let values = "\(ComparedValue.number(a).text) against \(ComparedValue.number(b).text)"
    return "\(name) (\(size)) at \(element): \(values)\(ComparedValue.distanceText(ulps)); "
      + "\(count) of \(all) elements differ\(extent)"
  }

  package var json: JSONValue {
    [
      "name": .string(name), "shape": .array(shape.map { .integer($0) }),
      "element": .array(element.map { .integer($0) }), "a": .float(a), "a_bits": .string(ExactText.bits(a)),
      "b": .float(b), "b_bits": .string(ExactText.bits(b)), "ulps": ulps.map { .integer($0) } ?? .null,
      "elements": .integer(count), "largest": largest.map { .double($0) } ?? .null,
    ]
  }
}

extension Location {
  /// Two lines for people.
  package var text: String {
    let from = start == 0 ? "the stage's beginning" : "the checkpoint after step \(start)"
    let place = "step \(step) of stage \(stage), computed again from \(from): "
    switch finding {
    case .values(let difference):
      return place + "after \(agreeing) tensors that agree, the first that differs is\n  " + difference.text
    case .structure(let a, let b):
      return place + "after \(agreeing) tensors that agree, the two compute different things\n  a: \(a)\n  b: \(b)"
    case .nothing:
      return place + "all \(agreeing) tensors agree, so only what is logged of them differs"
    }
  }

  package var json: JSONValue {
    var members: [JSONMember] = [
      JSONMember("stage", .string(stage)), JSONMember("step", .integer(step)), JSONMember("start", .integer(start)),
      JSONMember("agreeing", .integer(agreeing)),
    ]
    switch finding {
    case .values(let difference): members.append(JSONMember("tensor", difference.json))
    case .structure(let a, let b): members.append(JSONMember("structure", ["a": .string(a), "b": .string(b)]))
    case .nothing: members.append(JSONMember("tensor", .null))
    }
    return .object(members)
  }
}
