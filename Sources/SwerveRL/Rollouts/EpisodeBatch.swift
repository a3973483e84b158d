import SwerveModel
import SwerveTensor

/// The texts of some episodes as a model reads them to score every generated token: without their last tokens, and with
/// logits only where they predict a generated token.
///
/// Episodes that answer the same problem share its prompt: it is read once, and their answers are branches of it. That
/// changes no bit of a forward pass. In a gradient, what several answers add to the prompt is summed in the order of
/// the answers before it goes through the prompt's layers. Prompts of fewer than `leastSharedPrompt` tokens are not
/// shared.
struct EpisodeBatch {
  let batch: TokenBatch
  private let members: [[Member]]

  /// An episode in a text of the batch.
  private struct Member {
    /// The packed index of its first generated token.
    let index: Int
    let generated: [Int32]
    /// The prompt's last token: its index in the batch, and its index among the outputs.
    let prompt: (token: Int, output: Int)
    /// The same of the first generated token, where the model reads it.
    let answer: (token: Int, output: Int)
  }

  /// With a shorter prompt, the copies of its keys and values that answers need take longer than reading it again.
  static let leastSharedPrompt = 16

  /// - Parameter rows: the episodes of the batch, in the order in which their tokens are packed; nil: all.
  init(_ episodes: Episodes, rows: [Int]? = nil) {
    let rows = rows ?? Array(0..<episodes.count)
    var texts: [[Int32]] = []
    var branches: [[Int]] = []
    var outputs: [Int] = []
    var members: [[Member]] = []
    var first = 0
    let offsets = TokenLayout(rowLengths: rows.map { episodes.generated[$0].count }).offsets
    for text in Self.texts(episodes, rows) {
      let prompt = episodes.prompts[rows[text[0]]]
      var tokens = prompt
      var starts: [Int] = []
      let promptOutput = outputs.count
      outputs.append(first + prompt.count - 1)
      members.append(
        text.map { number in
          let generated = episodes.generated[rows[number]]
          let member = Member(
            index: offsets[number], generated: generated, prompt: (first + prompt.count - 1, promptOutput),
            answer: (first + tokens.count, outputs.count))
          if text.count > 1 && generated.count > 1 { starts.append(tokens.count) }
          outputs += (first + tokens.count)..<(first + tokens.count + generated.count - 1)
          tokens += generated.dropLast()
          return member
        })
      texts.append(tokens)
      branches.append(starts)
      first += tokens.count
    }
    self.members = members
    batch = TokenBatch(texts, branches: branches, outputs: outputs)
  }

  /// Which of the rows share a text, each text in the order of its first row.
  private static func texts(_ episodes: Episodes, _ rows: [Int]) -> [[Int]] {
    var texts: [[Int]] = []
    var textOfGroup: [Int: Int] = [:]  // only looked up, never iterated
    for (number, row) in rows.enumerated() {
      let group = row / episodes.group
      if let text = textOfGroup[group], episodes.prompts[row].count >= leastSharedPrompt {
        texts[text].append(number)
      } else {
        textOfGroup[group] = texts.count
        texts.append([number])
      }
    }
    return texts
  }

  /// Calls `body` for each generated token of a shard's episodes.
  /// - Parameter body: gets the packed index of the token, the index in the shard of the token that predicts it, the
  ///   index among the shard's outputs of the logits that predict it, and the token.
  func each(in shard: Shard, _ body: (_ index: Int, _ local: Int, _ output: Int, _ token: Int) -> Void) {
    for text in shard.rows {
      for member in members[text] {
        for (position, token) in member.generated.enumerated() {
          let place = position == 0 ? member.prompt : member.answer
          let distance = max(position - 1, 0)
          body(
            member.index + position, place.token + distance - shard.tokens.lowerBound,
            place.output + distance - shard.outputs.lowerBound, Int(token))
        }
      }
    }
  }
}
