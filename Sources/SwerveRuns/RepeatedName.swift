/// An option of the command line that may be given for several names, and was given for one of them twice: which of the two counts
/// should be nobody's guess.
package enum RepeatedName {
  /// The places of the first name, by its bytes, that is there twice.
  package static func first(in names: [String]) -> (first: Int, second: Int)? {
    for (second, name) in names.enumerated() {
      if let first = names[..<second].firstIndex(where: { $0.utf8.elementsEqual(name.utf8) }) { return (first, second) }
    }
    return nil
  }
}
