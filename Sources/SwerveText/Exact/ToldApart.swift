/// Two different texts, in a form in which a reader sees the difference. Where they look the same because they are
/// canonically equivalent, everything that is not ASCII is shown as escapes.
package func toldApart(_ a: String, _ b: String) -> (String, String) {
  func escaped(_ text: String) -> String {
    text.unicodeScalars.map { $0.isASCII ? String($0) : $0.escaped(asASCII: true) }.joined()
  }
  let (left, right) = (a.visible, b.visible)
  // Swift's own comparison is right here: it tells whether they look the same.
  return left.elementsEqual(right) && left !== right ? (escaped(left), escaped(right)) : (left, right)
}
