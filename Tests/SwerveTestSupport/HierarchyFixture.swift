import Foundation

/// What another implementation says of trees, logits and labels (Tests/Fixtures/htc): losses and their gradients,
/// probabilities, decisions and metrics, in float64. Every size is read from the files.
package struct HierarchyFixture {
  package struct Case: Decodable, Sendable {
    package let name: String
    package let labels: Int
    package let documents: Int
    package let tau: Double
    package let champBeta: Double
    package let threshold: Double
    package let infoTau: Double
    package let loss: [String: Double]
    package let hf1Auc: [String: Double]
    /// By "KIND/RULE" and for "random_sets".
    package let metrics: [String: [String: Value]]

    private enum CodingKeys: String, CodingKey {
      case name, labels, documents, tau, threshold, loss, metrics
      case champBeta = "champ_beta"
      case infoTau = "info_tau"
      case hf1Auc = "hf1_auc"
    }
  }

  /// A metric, or one for each depth.
  package enum Value: Decodable, Sendable {
    case number(Double)
    case perDepth([String: Double])

    package init(from decoder: any Swift.Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Double.self) {
        self = .number(number)
      } else {
        self = .perDepth(try container.decode([String: Double].self))
      }
    }
  }

  private struct Facts: Decodable {
    let cases: [Case]
  }

  package let cases: [Case]
  private let file: TensorFile

  /// From the folder htc of the set of fixtures. The other set may also be such a folder itself.
  package init() throws {
    let inside = Fixtures.folder.appendingPathComponent("htc", isDirectory: true)
    let alone = Fixtures.folder.appendingPathComponent("htc.json").path
    let folder = FileManager.default.fileExists(atPath: alone) ? Fixtures.folder : inside
    let facts = try Data(contentsOf: folder.appendingPathComponent("htc.json"))
    cases = try JSONDecoder().decode(Facts.self, from: facts).cases
    file = try TensorFile(bytes: [UInt8](Data(contentsOf: folder.appendingPathComponent("htc.safetensors"))))
  }

  // MARK: Tensors of a case

  package func parents(_ item: Case) throws -> [Int?] {
    try file.integers("\(item.name)/parent").map { $0 < 0 ? nil : Int($0) }
  }

  package func counts(_ item: Case) throws -> [Int] { try file.integers("\(item.name)/counts").map(Int.init) }

  /// (documents, labels).
  package func logits(_ item: Case) throws -> [Float] { try file.floats("\(item.name)/logits") }

  package func doubles(_ item: Case, _ name: String) throws -> [Double] { try file.doubles("\(item.name)/\(name)") }

  /// The labels of each document, ascending.
  package func sets(_ item: Case, _ name: String) throws -> [[Int]] {
    let cells = try file.octets("\(item.name)/\(name)")
    return stride(from: 0, to: cells.count, by: item.labels).map { start in
      (0..<item.labels).filter { cells[start + $0] != 0 }
    }
  }
}
