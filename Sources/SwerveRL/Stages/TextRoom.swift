import SwerveModel
import SwerveText

/// The longest text of some kind in a stage.
package struct LongestText {
  /// The first half of the error, such as "a text of set plus2 may take 390 tokens"; ", but the model's context is N"
  /// follows.
  package let description: String
  /// What the model must have room for.
  package let tokens: Int
  /// What to do if it does not fit; nil: what the stage advises.
  package let advice: String?

  package init(_ description: String, tokens: Int, advice: String? = nil) {
    self.description = description
    self.tokens = tokens
    self.advice = advice
  }
}

/// A text of a stage does not fit its model.
package struct TextTooLong: UserFacingError {
  package let message: String
  package let hint: String?
}

extension Stage {
  /// Checks that every text that can occur in the stage fits the context.
  /// - Throws: TextTooLong for the first that does not; what its task throws.
  package func requireRoom(in context: Int) throws {
    guard let text = try longestTexts().first(where: { $0.tokens > context }) else { return }
    throw TextTooLong(
      message: "stage '\(name)': \(text.description), but the model's context is \(context)",
      hint: text.advice ?? contextAdvice)
  }
}
