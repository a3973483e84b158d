import SwerveRL
import SwerveTensor
import Testing

@testable import SwerveScript

/// Columns that some stages lack: the error names the option that makes them, and lists what is there.
@Suite struct ColumnErrorTests {
  /// As training makes them: names of all columns, and no value for some.
  private func columns(without missing: [String]) throws -> TokenColumns {
    let columns = try TestBatch().columns()
    return TokenColumns(
      layout: columns.layout, tokens: columns.tokens, tokenizer: columns.tokenizer,
      names: columns.names + ["clip_low", "clip_high", "kl_full"]
    ) { name in
      if missing.contains(name) { return nil }
      return try columns.column(columns.names.contains(name) ? name : "logp")
    }
  }

  @Test(arguments: [
    (
      "clip_low", "column 'clip_low' needs option `clip`",
      "give it a number, such as clip = 0.2, or let the rule return clip_low"
    ),
    (
      "clip_high", "column 'clip_high' needs option `clip`",
      "give it a number, such as clip = 0.2, or let the rule return clip_high"
    ),
    (
      "kl_full", "column 'kl_full' needs a table of tokens x vocabulary with at most 2^28 entries",
      "collect fewer episodes, or use ref_logp and the estimators of the sampled token"
    ),
    (
      "clip_lo", "there is no column 'clip_lo' here", "columns: logp, ref_logp, certainty, critical"
    ),
  ])
  func explainsWhatAColumnWithoutAValueNeeds(name: String, message: String, hint: String) throws {
    let columns = try columns(without: ["clip_low", "clip_high", "kl_full", "clip_lo"])
    let error = try #require(
      failure { _ = try TestBatch().loss("function(t) return t.\(name):mean() end", columns: columns) })
    #expect(error.message == "hook 'loss' of stage 'rl' at step 4: \(message)")
    #expect(error.hint == hint)
  }

  @Test func suggestsOnlyColumnsWithAValue() throws {
    let error = try #require(
      failure {
        let columns = try columns(without: ["clip_low", "clip_lo", "kl_full"])
        _ = try TestBatch().loss("function(t) return t.clip_lo:mean() end", columns: columns)
      })
    #expect(error.hint == "columns: logp, ref_logp, certainty, critical, clip_high")
  }
}
