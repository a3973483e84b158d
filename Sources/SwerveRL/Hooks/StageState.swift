/// What the hooks of a stage remember from one step to the next.
package protocol StageState: AnyObject {
  /// The memory as text for a checkpoint, hook by hook in a fixed order. Hooks that remember nothing are left out.
  func saved() throws -> [(hook: String, text: String)]
  /// Puts back what `saved` gave.
  /// - Parameter text: gives the text of a hook; nil: the hook remembered nothing.
  /// - Throws: for a text that is not in this format.
  func restore(_ text: (_ hook: String) -> String?) throws
}
