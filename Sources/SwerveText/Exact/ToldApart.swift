/// Two texts that differ, as a reader can see that they do: where they look the same, because they are canonically equivalent, all
/// that is not ASCII is shown as escapes.
package func toldApart(_ a: String, _ b: String) -> (String, String) {
  func escaped(_ text: String) -> String {
    text.unicodeScalars.map { $0.isASCII ? String($0) : $0.escaped(asASCII: true) }.joined()
  }
  let (left, right) = (a.visible, b.visible)
  // Swift's own comparison is what is asked for here: whether they look the same.
  return left.elementsEqual(right) && left !== right ? (escaped(left), escaped(right)) : (left, right)
}
