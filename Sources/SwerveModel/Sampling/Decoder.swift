import SwerveTensor

/// Runs a model one token or a few at a time over cached keys and values, for up to `slots` texts side by side: on one
/// thread, or with all threads of a pool sharing each step.
///
/// A shared step splits each product by its columns, so that only one thread reads each weight. It splits attention by
/// texts. No element's order of operations depends on that.
///
/// Every operation has the order of the full forward pass, and a row's bits do not depend on which other rows are in
/// the batch. So logits, hidden states and log-probabilities are those of `Transformer.forward`, bit for bit.
///
/// Its products are exact under BLAS too. The number of a step's rows depends on the number of threads, and with
/// another number of rows BLAS may round a row's products differently.
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
  /// The most tokens of a step.
  let rows: Int
  private(set) var steps = 0
  /// The rows of each text in the last step.
  private(set) var texts: [Range<Int>] = []
  /// For each thread, (V): scratch with which the sampler draws one row's token.
  let drawScratch: [FloatBuffer]

  /// - Parameters:
  ///   - slots: texts that can be in progress.
  ///   - rows: the most tokens of a step; as many as slots if not given.
  ///   - length: the longest text in tokens; at most the model's context.
  ///   - pool: the threads that share each step; nil for a decoder of one thread. `step` must not be called from a body
  ///     of this pool.
  package init(
    _ model: Transformer, slots: Int, rows: Int? = nil, length: Int, sharedBy pool: WorkerPool? = nil
  ) {
    precondition(model.configuration.family.predictsTokens, "an encoder has no step of decoding")
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

  /// Processes one token or more for each of some slots, and leaves hidden states and logits in the order of `inputs`.
  /// - Parameters:
  ///   - inputs: the tokens of a slot stand together, and their positions increase by one. They begin where the slot's
  ///     last step ended, or earlier. If earlier, the slot's later tokens are forgotten.
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
