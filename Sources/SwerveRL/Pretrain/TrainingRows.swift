import SwerveModel
import SwerveTensor

/// A row of a batch of pre-training: its tokens, of which the last is only predicted, and the texts that they are from.
package struct TrainingRow: Sendable {
  package let tokens: [Int32]
  package let texts: [TrainingText]
}

/// What the rows of a batch of pre-training are: single texts, each from its start, or windows of one endless stream of texts.
///
/// A stream is texts one behind the other, each drawn by itself, and a window is `windows` + 1 consecutive tokens from a random
/// place of it; so nanoGPT trains, and so were the models of arXiv 2502.06533 trained. Here no stream is stored: a place that is
/// equally likely to be any token of a very long stream lies in a text with a probability that grows with the text's length. So a
/// text is drawn together with a place below the longest text's length, and both anew until the place is inside the text; further
/// texts follow until the window is full. A row is a pure function of its cursor, as a text is.
package struct TrainingRows: Sendable {
  let task: any Task
  /// How many tokens a window reads, at least 1; nil: each row is a text.
  let windows: Int?

  package init(task: any Task, windows: Int?) {
    self.task = task
    self.windows = windows
  }

  /// Order of the draws for a window: the place, a text, both again until the place is inside it; then the texts that follow.
  /// - Throws: what the task and its tokenizer throw.
  package func draw(using cursor: inout RandomCursor) throws -> TrainingRow {
    guard let windows else {
      let (tokens, text) = try text(using: &cursor)
      return TrainingRow(tokens: tokens, texts: [text])
    }
    let longest = task.longestTrainingText
    var place: Int
    var first: (tokens: [Int32], text: TrainingText)
    repeat {
      place = cursor.below(longest)
      first = try text(using: &cursor)
    } while place >= first.tokens.count
    var tokens = Array(first.tokens[place...])
    var texts = [first.text]
    while tokens.count < windows + 1 {
      let next = try text(using: &cursor)
      tokens += next.tokens
      texts.append(next.text)
    }
    return TrainingRow(tokens: Array(tokens.prefix(windows + 1)), texts: texts)
  }

  /// The texts that `draw` would find.
  package func texts(using cursor: inout RandomCursor) throws -> [TrainingText] {
    windows == nil ? [try task.trainingText(using: &cursor)] : try draw(using: &cursor).texts
  }

  private func text(using cursor: inout RandomCursor) throws -> (tokens: [Int32], text: TrainingText) {
    let text = try task.trainingText(using: &cursor)
    return (try task.tokenizer.encodePrompt(text.text), text)
  }
}
