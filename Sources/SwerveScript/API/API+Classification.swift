import SwerveModel
import SwerveRL

// The options of swerve.classify, and the methods of a hierarchy.

extension ScriptAPI {
  private static let labels = "(documents, labels): one number for each document and label"
  private static let label = APIField("label", .integer(1...HierarchyFile.mostLabels), "its number")

  static let hierarchy = APIObject(
    name: HierarchyObject.luaTypeName,
    doc: "A tree of labels, `#tree` of them. Its operations on tensors work on each document alone; what they give is "
      + "differentiable.",
    fields: [],
    methods: [
      APIFunction(
        "hierarchy:sibling_log_softmax", "The logarithm of the softmax among siblings: log P(label | parent).",
        parameters: [APIField("x", .object("tensor"), labels)], results: [("swerve.Tensor", labels)],
        example: "local logp = t.tree:sibling_log_softmax(t.logits)", body: HierarchyObject.siblingLogSoftmax),
      APIFunction(
        "hierarchy:leaf_log_softmax",
        "The logarithm of the softmax over all leaves; of an inner label, of the sum over the leaves below it.",
        parameters: [APIField("x", .object("tensor"), labels + "; only leaves are read")],
        results: [("swerve.Tensor", labels)], body: HierarchyObject.leafLogSoftmax),
      APIFunction(
        "hierarchy:path_sum", "The sum over the label and all labels above it.",
        parameters: [APIField("x", .object("tensor"), labels)], results: [("swerve.Tensor", labels)],
        body: HierarchyObject.pathSum),
      APIFunction(
        "hierarchy:subtree_sum", "The sum over the label and all labels below it.",
        parameters: [APIField("x", .object("tensor"), labels)], results: [("swerve.Tensor", labels)],
        body: HierarchyObject.subtreeSum),
      APIFunction(
        "hierarchy:name", "A label's name.", parameters: [label], results: [("string", "")], body: HierarchyObject.name),
      APIFunction(
        "hierarchy:index", "A label's number.", parameters: [APIField("name", .string, "of the label")],
        results: [("integer", "from 1")], body: HierarchyObject.index),
      APIFunction(
        "hierarchy:parent", "The label above; nil for a child of the root.", parameters: [label],
        results: [("integer?", "")], body: HierarchyObject.parent),
      APIFunction(
        "hierarchy:children", "The labels below a label, or below the root.",
        parameters: [
          APIField("label", .integer(1...HierarchyFile.mostLabels), .optional("the root"), "its number")
        ], results: [("integer[]", "rising; empty for a leaf")], body: HierarchyObject.children),
      APIFunction(
        "hierarchy:depth", "The labels from the root's child down to this one, counted.", parameters: [label],
        results: [("integer", "1 for the children of the root")], body: HierarchyObject.depth),
    ])

  static let classifierHead = APIOptions(
    name: "swerve.HeadOptions", doc: "The linear head that gives each label its score.",
    fields: [
      APIField(
        "lr", .schedule(.nonnegative), .optional("that of the encoder"), "the learning rate of the head's own tensors")
    ])

  static let headFit = APIOptions(
    name: "swerve.FitOptions",
    doc:
      "A fit of the head to all documents at once, by L-BFGS with a line search (Nocedal and Wright 2006, algorithms 7.4 and 3.5). "
      + "The texts' vectors are computed once. The objective is the mean loss, which is taken in pieces of 1024 documents, or of "
      + "fewer where the tree has more than 512 labels, plus a penalty. Where the loss is convex, as all of "
      + "`swerve.hierarchy` but focal, its optimum depends on no seed, order or "
      + "learning rate. A step is one direction.",
    fields: [
      APIField(
        "l2", .number(.nonnegative), .number(1e-4),
        "lambda of the penalty lambda / 2 times the sum of squares of the head's weights; biases are free"),
      APIField(
        "tolerance", .number(.positive), .number(1e-5),
        "the fit ends where no element of the gradient is larger; below 1e-6 rounding of floats may end it before"),
      APIField("steps", .integer(1...1_000_000), .integer(500), "the most steps"),
      APIField("history", .integer(1...1000), .integer(20), "changes of the point that L-BFGS remembers"),
    ])

  static let classificationLossType =
    "fun(t: swerve.Documents, c: swerve.Numbers, step: integer, state: table): "
    + "(swerve.Tensor, table<string, number|swerve.Tensor>?)"

  static let classificationLoss = APIOptions(
    name: "swerve.ClassificationLoss",
    doc: "What to descend, and what it makes of scores. `swerve.hierarchy.*` make such tables.",
    fields: [
      APIField("compute", .function(classificationLossType), "the objective: a scalar, and parts to log"),
      APIField(
        "probabilities", .choice(LabelProbabilities.Kind.allCases.map(\.rawValue)),
        "how a document's scores become probabilities of labels: sigmoid: of each label by itself; conditional_softmax: "
          + "the softmax among siblings, multiplied along the path; conditional_sigmoid: the sigmoid, multiplied along the path; "
          + "leaf_softmax: the softmax over the leaves, summed up"),
      APIField("single_path", .boolean, .boolean(false), "documents whose labels are more than one path are refused"),
    ])

  private static let rules = LabelDecoderTable.rows.map { row in
    let parameters = row.parameters.map { "\($0.name): \($0.doc), default \($0.defaultText)" }.joined(separator: "; ")
    return "\(row.name): \(row.doc)" + (parameters.isEmpty ? "" : " (\(parameters))")
  }.joined(separator: ". ")

  static let classify = APIOptions(
    name: "swerve.ClassifyOptions",
    doc:
      "Classification of texts into a tree of labels (arXiv 2410.01305): a linear head on the texts' vectors, without dropout.",
    fields: [
      APIField(
        "name", .string, .optional("the kind of stage, with a number if it is taken"),
        "letters, digits, '.', '_' and '-'; names the stage in metrics and its checkpoint"),
      APIField(
        "from", .either([.object("stage"), .string]), "the stage or the model to start from: an encoder, or a decoder"),
      APIField("hierarchy", .object("hierarchy"), "the tree of labels"),
      APIField(
        "train", .any("swerve.Data|swerve.Data[]"),
        "documents to learn from, as in {\"text\": ..., \"label\": [path]}: of a file, or of several, in this order"),
      APIField("validation", .object("data"), .optional("none"), "documents to evaluate, as metrics METRIC/validation"),
      APIField("test", .object("data"), .optional("none"), "documents to evaluate, as metrics METRIC/test"),
      APIField("text", .string, .string("text"), "the field of a record with the text"),
      APIField(
        "label", .string, .string("label"), "the field of a record with its labels, each with all labels above it"),
      APIField(
        "loss", .options(classificationLoss), "what to descend: a table that `swerve.hierarchy.*` makes, or one's own"),
      APIField(
        "decode", .any("table"), .optional("all rules"),
        "inference rules of evaluations: names, and under names of one's own tables with parameters, as in strict = { rule = "
          + "\"threshold\", threshold = 0.8 }, or functions fun(p: number[], tree: swerve.Hierarchy): integer[] from probabilities to "
          + "labels. A function that draws from math.random draws the same numbers for each document. "
          + rules),
      APIField(
        "pooling", .choice(Classifier.Pooling.allCases.map(\.rawValue)), .string("mean"),
        "a text's vector: the mean of all hidden states, special tokens included; that of the first or the last token; or what "
          + "the model's pooler makes of the first"),
      APIField(
        "vector_norm", .number(.positive), .optional("vectors are not scaled"),
        "the Euclidean norm that each text's vector is scaled to, so that its length plays no part"),
      APIField(
        "trained", .choice(["all", "layers", "head"]), .string("all"),
        "all weights; all but the vectors of tokens, which are a large part of a small encoder; or the head alone, on the model "
          + "as it is"),
      APIField(
        "fit", .options(headFit), .optional("the head is trained batch by batch"),
        "with `trained = \"head\"`: fits the head to all documents at once, as in fit = { l2 = 1e-4 }"),
      APIField("epochs", .integer(1...1_000_000), .integer(1), "passes over the documents"),
      APIField("batch", .integer(1...65536), .integer(32), "documents of a step"),
      APIField(
        "length", .integer(1...65536), .integer(64),
        "the most tokens of a text, special tokens included; longer ones are cut at their end"),
      APIField(
        "sort_within", .integer(1...1 << 24), .integer(2048),
        "shuffled documents are sorted by length within blocks of so many before they are cut into batches, which are shuffled "
          + "again; 1: they are not sorted"),
      APIField(
        "every", .integer(1...1_000_000), .optional("an epoch"),
        "steps between evaluations; there is one after the last step"),
      APIField("head", .options(classifierHead), .optional("its defaults"), "the head"),
      APIField("coefficients", .map(.schedule(.any)), .optional("none"), "numbers for the loss, by name: c.NAME"),
      APIField("lr", .schedule(.nonnegative), .optional("required without `fit`"), "learning rate of AdamW"),
    ] + adam(beta2: 0.999, decay: 0.01, norm: 1) + ending + [
      APIField("seed", .integer(0...1 << 53), .optional("the run's seed"), "of all random numbers of this stage")
    ])
}
