import SwerveTensor

/// Runs a model one token or a few at a time over cached keys and values, for up to `slots` texts side by side: on one thread,
/// or with all threads of a pool sharing each step.
///
/// A step that is shared cuts each product by its columns, so that each weight is read by one thread only, and attention by
/// texts. No element's order of operations depends on that.
///
/// Every operation has the order of the full forward pass, and a row's bits do not depend on which other rows are in the batch:
/// logits, hidden states and so log-probabilities are those of `Transformer.forward`, bit for bit.
///
/// Its products are exact under BLAS too: how many rows a step has depends on the number of threads, and BLAS may round
/// a row's products by how many rows there are.
package final class Decoder {
  private let model: Transformer
  /// The longest text in tokens.
  let length: Int
  private let workspace: DecodeWorkspace
  /// (rows of the last step, C).
  package var hidden: FloatBuffer { workspace.saved.hidden }
  /// (rows of the last step, V).
  package let logits: FloatBuffer
  /// (rows of the last step): the value head's output, where the model has one and the step asked for it.
  package let values: FloatBuffer?
  package let slots: Int
  /// Most tokens of a step.
  let rows: Int
  private(set) var steps = 0
  /// The rows of each text in the last step.
  private(set) var texts: [Range<Int>] = []
  /// For each thread (V): what the sampler draws one row's token with.
  let drawScratch: [FloatBuffer]

  /// - Parameters:
  ///   - slots: texts that can be in progress.
  ///   - rows: most tokens of a step; as many as slots if not given.
  ///   - length: the longest text in tokens; at most the model's context.
  ///   - pool: the threads that share each step, which then must not be called from one of its bodies; nil for a decoder of
  ///     one thread.
  package init(
    _ model: Transformer, slots: Int, rows: Int? = nil, length: Int, sharedBy pool: WorkerPool? = nil
  ) {
    self.model = model
    self.slots = slots
    let rows = rows ?? slots
    self.rows = rows
    self.length = min(length, model.configuration.context)
    let layers = model.layers
    workspace = DecodeWorkspace(layers, slots: slots, rows: rows, length: self.length, sharedBy: pool)
    logits = workspace.saved.logits
    values = layers.valueHead == nil ? nil : workspace.saved.values
    let threads = 0..<(pool?.threads ?? 1)
    drawScratch = threads.map { _ in FloatBuffer(count: layers.embedding.vocabulary) }
  }

  /// One token or more for each of some slots: leaves hidden states and logits in the order of `inputs`.
  /// - Parameters:
  ///   - inputs: those of a slot stand together; their positions go up by one from where the slot's last step ended, or from
  ///     an earlier one: then what came after it is forgotten.
  ///   - values: also evaluate the value head, where there is one.
  package func step(_ inputs: [DecoderInput], values: Bool = false) {
    let rows = inputs.count
    precondition(rows <= self.rows, "a step of \(rows) tokens is longer than the \(self.rows) that there is room for")
    steps += 1
    findTexts(inputs)
    model.decode(DecodeStep(weights: model.weights, workspace: workspace, inputs: inputs, texts: texts), values: values)
  }

  private func findTexts(_ inputs: [DecoderInput]) {
    texts.removeAll(keepingCapacity: true)
    for (row, input) in inputs.enumerated() {
      if let last = texts.last, inputs[last.lowerBound].slot == input.slot {
        texts[texts.count - 1] = last.lowerBound..<row + 1
      } else {
        texts.append(row..<row + 1)
      }
    }
  }

  /// Calls `body(i, thread)` for each i below `count`, on the threads that share the decoder's steps.
  func each(_ count: Int, _ body: (_ index: Int, _ thread: Int) -> Void) { workspace.each(count, body) }
}
