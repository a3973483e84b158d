import SwerveModel
import SwerveTensor
import SwerveText

/// The columns of a batch by name, made on demand. `Column` lists them.
package final class TokenColumns {
  package let layout: TokenLayout
  /// The generated tokens, packed.
  package let tokens: [Int32]
  package let tokenizer: any Tokenizer
  package let names: [String]
  private let make: (String) throws -> Tensor?
  private var made: [ExactString: Tensor] = [:]

  package init(
    layout: TokenLayout, tokens: [Int32], tokenizer: any Tokenizer, names: [String],
    make: @escaping (String) throws -> Tensor?
  ) {
    self.layout = layout
    self.tokens = tokens
    self.tokenizer = tokenizer
    self.names = names
    self.make = make
  }

  /// The column; every call returns the same tensor. nil if there is no such column.
  package func column(_ name: String) throws -> Tensor? {
    if let tensor = made[ExactString(name)] { return tensor }
    let tensor = try make(name)
    made[ExactString(name)] = tensor
    return tensor
  }

  /// The same columns, to be made anew, without those for which `isSeen` is false.
  package func renewed(where isSeen: @escaping (String) -> Bool = { _ in true }) -> TokenColumns {
    let make = make
    return TokenColumns(layout: layout, tokens: tokens, tokenizer: tokenizer, names: names.filter(isSeen)) { name in
      isSeen(name) ? try make(name) : nil
    }
  }

  /// The column if it was read before; else nil.
  package func used(_ name: String) -> Tensor? { made[ExactString(name)] }

  /// The text of a token, by its packed index.
  package func text(_ index: Int) -> String { tokenizer.text(of: tokens[index]) }

  /// The text of some tokens of a row, as people see it.
  package func text(_ range: Range<Int>) -> String { ShownBytes.text(tokenizer.bytes(of: tokens[range])) }
}
