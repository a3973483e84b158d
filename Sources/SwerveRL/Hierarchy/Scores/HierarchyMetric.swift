/// A metric of hierarchical classification: its name, its formula, and where it comes from.
///
/// Over documents i with predicted sets P_i and true sets Y_i; closing a set adds all labels above its labels. The root is
/// in no set. What can't be computed is absent: a precision without a prediction, a depth that no document reaches. Where a
/// mean over labels needs a number for labels that never occur, there are two metrics, with `_all` and `_present` in their
/// names.
package enum HierarchyMetric: String, CaseIterable, Sendable {
  case microF1 = "micro_f1"
  case macroF1All = "macro_f1_all"
  case macroF1Present = "macro_f1_present"
  case hammingLoss = "hamming_loss"
  case constrainedMicroF1 = "constrained_micro_f1"
  case constrainedMacroF1All = "constrained_macro_f1_all"
  case constrainedMacroF1Present = "constrained_macro_f1_present"
  case precision = "hp"
  case recall = "hr"
  case f1 = "hf1"
  case f1PerDocument = "hf1_per_document"
  case macroF1OverDocuments = "macro_hf1_documents"
  case macroF1OverLabels = "macro_hf1_labels"
  case depthAccuracy = "depth_accuracy"
  case leafAccuracy = "leaf_accuracy"
  case leafMacroF1All = "leaf_macro_f1_all"
  case leafMacroF1Present = "leaf_macro_f1_present"
  case exactMatch = "exact_match"
  /// Of the probabilities, so it is the same for all decoders.
  case areaUnderCurve = "hf1_auc"

  /// Whether there is one number for each depth of labels: "depth_accuracy/2".
  package var isPerDepth: Bool {
    switch self {
    case .macroF1OverDocuments, .macroF1OverLabels, .depthAccuracy: true
    default: false
    }
  }

  /// Whether it depends on the probabilities alone, and not on a decoder.
  package var isOfProbabilities: Bool { self == .areaUnderCurve }

  /// Whether an evaluation has its interval over documents.
  package var hasInterval: Bool {
    switch self {
    case .constrainedMicroF1, .constrainedMacroF1All, .constrainedMacroF1Present: false
    default: !isPerDepth
    }
  }

  /// Whether a smaller number is better.
  package var isLoss: Bool { self == .hammingLoss }

  package var formula: String {
    switch self {
    case .microF1:
      "2 TP / (2 TP + FP + FN) over all cells (document, label), with sets as the decoder gives them"
    case .macroF1All:
      "the mean over all labels of each label's 2 TP / (2 TP + FP + FN), where a label that is neither predicted nor true "
        + "counts as 0"
    case .macroF1Present: "the same mean over the labels that are true in some document"
    case .hammingLoss: "wrong cells / (documents × labels), with sets as the decoder gives them"
    case .constrainedMicroF1:
      "micro F1 after each label with an ancestor that is not predicted was taken out of P"
    case .constrainedMacroF1All: "macro F1 over all labels after the same"
    case .constrainedMacroF1Present: "macro F1 over the labels that are true in some document after the same"
    case .precision: "hP = Σ |P ∩ Y| / Σ |P| over documents, with P closed; absent where nothing is predicted"
    case .recall: "hR = Σ |P ∩ Y| / Σ |Y| over documents, with P closed"
    case .f1: "2 hP hR / (hP + hR) = 2 Σ |P ∩ Y| / (Σ |P| + Σ |Y|), with P closed"
    case .f1PerDocument: "the mean over documents of 2 |P ∩ Y| / (|P| + |Y|), with P closed"
    case .macroF1OverDocuments:
      "for depth D, with P closed and both sets cut to depths up to D: each label c of depth D that is true somewhere has, "
        + "over the documents with c in Y, P_c = Σ |P ∩ Y| / Σ |P| (0 where nothing is predicted) and "
        + "R_c = Σ |P ∩ Y| / Σ |Y|; the F1 of their means over these labels, each weighted by its documents"
    case .macroF1OverLabels: "the same with plain means over these labels"
    case .depthAccuracy:
      "of the documents with a true label of depth D: the share for which the predicted and the true labels of depth D are "
        + "the same set, with P closed"
    case .leafAccuracy:
      "of the documents with a true leaf: the share for which the leaves of P and of Y are the same set"
    case .leafMacroF1All:
      "the mean over all leaves of each leaf's F1, where one that is neither predicted nor true counts as 0"
    case .leafMacroF1Present: "the mean over the leaves that are true in some document of each leaf's F1"
    case .exactMatch: "the share of documents with P = Y, with P closed"
    case .areaUnderCurve:
      "the mean over documents of the area under precision over recall: labels are taken by falling probability, equal "
        + "ones (to a relative 1e-9) at once; trapezoids between the points after each step, from recall 0 and precision 1"
    }
  }

  /// Papers and pages, by which a reader finds the definition.
  package var source: String {
    switch self {
    case .microF1, .macroF1All, .macroF1Present, .hammingLoss, .leafMacroF1All, .leafMacroF1Present:
      "flat multi-label metrics, as in scikit-learn"
    case .constrainedMicroF1, .constrainedMacroF1All, .constrainedMacroF1Present:
      "Yu et al. 2022 (C-metrics); the name: Ji et al. 2023"
    case .precision, .recall, .f1: "Kosmopoulos et al. 2015 (set-based, arXiv 1306.6802)"
    case .f1PerDocument: "Plaud et al. 2025, arXiv 2506.01552"
    case .macroF1OverDocuments, .macroF1OverLabels, .areaUnderCurve: "Plaud et al. 2024, arXiv 2410.01305"
    case .depthAccuracy, .leafAccuracy, .exactMatch: "shares of documents"
    }
  }

  /// The metrics of a tree as a record names them: those for each depth once for each depth.
  package static func names(_ tree: LabelTree) -> [String] {
    all(tree).map { metric, depth in metric.rawValue + (depth.map { "/\($0)" } ?? "") }
  }
}
