/// What the hooks of a stage remember from one step to the next.
package protocol StageState: AnyObject {
  /// The memory as text, hook by hook in a fixed order, for a checkpoint; hooks that remember nothing are left out.
  func saved() throws -> [(hook: String, text: String)]
  /// Puts back what `saved` gave.
  /// - Parameter text: of a hook; nil: it remembered nothing.
  /// - Throws: for a text that is none of this format's.
  func restore(_ text: (_ hook: String) -> String?) throws
}
