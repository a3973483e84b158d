import SwerveText

extension String {
  /// Its lines with spaces in front of each that is not empty; every line ends with a line end.
  package func indented(by count: Int) -> String {
    let space = String(repeating: " ", count: count)
    let lines = pieces(at: "\n", omittingEmpty: false)
    return (lines.last?.isEmpty == true ? lines.dropLast() : lines[...])
      .map { $0.isEmpty ? "\n" : "\(space)\($0)\n" }.joined()
  }
}
