/// An inference rule that scripts name: its parameters, what it does, and how it is made.
package struct LabelDecoderRow: Sendable {
  package struct Parameter: Sendable {
    package let name: String
    package let doc: String
    /// As documentation shows it.
    package let defaultText: String
    /// What a value has to be, for documentation and errors: "a number in [0, 1]".
    package let expected: String
    package let accepts: @Sendable (Double) -> Bool
    package let defaultValue: @Sendable (LabelTree) -> Double
  }

  package let name: String
  package let doc: String
  /// Where a reader finds the rule.
  package let source: String
  package let parameters: [Parameter]
  private let maker: @Sendable (LabelTree, [Double]) -> any LabelDecoder

  init(
    _ name: String, _ doc: String, takes parameters: [Parameter] = [], from source: String,
    make: @escaping @Sendable (LabelTree, [Double]) -> any LabelDecoder
  ) {
    self.name = name
    self.parameters = parameters
    self.doc = doc
    self.source = source
    maker = make
  }

  /// - Parameter values: one for each parameter, in their order; nil takes the default.
  package func decoder(_ tree: LabelTree, _ values: [Double?] = []) -> any LabelDecoder {
    let filled = parameters.enumerated().map { index, parameter in
      (index < values.count ? values[index] : nil) ?? parameter.defaultValue(tree)
    }
    for (value, parameter) in zip(filled, parameters) {
      precondition(parameter.accepts(value), "\(parameter.name) has to be \(parameter.expected), got \(value)")
    }
    return maker(tree, filled)
  }
}

/// Every inference rule of the project. A new one needs a type of its own and a row here.
package enum LabelDecoderTable {
  private static let threshold = LabelDecoderRow.Parameter(
    name: "threshold", doc: "the least probability of a label", defaultText: "0.5", expected: "a number in [0, 1]",
    accepts: { $0 >= 0 && $0 <= 1 }, defaultValue: { _ in 0.5 })
  private static let bits = LabelDecoderRow.Parameter(
    name: "bits", doc: "the least information of a node, log2(leaves of the tree / leaves below it)",
    defaultText: "half of a leaf's", expected: "a number from 0 on", accepts: { $0 >= 0 && $0.isFinite },
    defaultValue: { InformationDecoder.defaultBits($0) })
  private static let beta = LabelDecoderRow.Parameter(
    name: "beta", doc: "how much more recall counts than precision", defaultText: "1", expected: "a number above 0",
    accepts: { $0 > 0 && $0.isFinite }, defaultValue: { _ in 1 })

  private static let inference = "Plaud et al. 2024, arXiv 2410.01305"

  package static let rows = [
    LabelDecoderRow("threshold", "every label with p >= threshold", takes: [threshold], from: inference) {
      ThresholdDecoder(threshold: $1[0])
    },
    LabelDecoderRow("top_down", "from the root always to the most probable child, down to a leaf", from: inference) {
      tree, _ in TopDownDecoder(tree)
    },
    LabelDecoderRow(
      "top_down_threshold", "the same, but the path ends before a child with p < threshold", takes: [threshold],
      from: inference
    ) { TopDownDecoder($0, threshold: $1[0]) },
    LabelDecoderRow("leaf", "the path to the most probable leaf", from: inference) { tree, _ in LeafDecoder(tree) },
    LabelDecoderRow(
      "recursive_threshold",
      "from the root down, every child with p >= threshold of the root and of labels that were taken",
      takes: [threshold], from: inference
    ) { RecursiveThresholdDecoder($0, threshold: $1[0]) },
    LabelDecoderRow(
      "information_threshold", "the path to the most probable node of those with enough information", takes: [bits],
      from: "Valmadre 2022, arXiv 2210.10929"
    ) { InformationDecoder($0, bits: $1[0]) },
    LabelDecoderRow(
      "plurality",
      "from the root to the most probable child while it is as probable as every label that was passed over",
      from: "Valmadre 2022, arXiv 2210.10929"
    ) { tree, _ in PluralityDecoder(tree) },
    LabelDecoderRow(
      "hf_beta", "the closed set with the largest expected hF_beta", takes: [beta],
      from: "Plaud et al. 2025, arXiv 2506.01552"
    ) { ExpectedFDecoder($0, beta: $1[0]) },
  ]

  package static let names = rows.map(\.name)

  package static func row(named name: String) -> LabelDecoderRow? {
    rows.first { $0.name.utf8.elementsEqual(name.utf8) }
  }
}
