/// A tensor as a file holds it.
package struct StoredTensor: Sendable {
  /// Its name in the file.
  package let name: String
  /// The type's name in the file.
  package let typeName: String
  /// Rows before columns, whatever the file's own order.
  package let shape: [Int]
  let file: ModelFile
  /// Its bytes in the file.
  package let range: Range<Int>

  /// Nil for types that no weight is read from, such as integers.
  package var type: StoredType? { StoredType(rawValue: typeName) }
  package var fileName: String { file.name }
  package var count: Int { shape.reduce(1, *) }

  /// Values of a row: the last extent.
  var rowLength: Int { shape.last ?? 1 }
  var rows: Int { rowLength == 0 ? 0 : count / rowLength }

  /// Writes some rows' values.
  /// - Precondition: the tensor has a `type`.
  func read(rows: Range<Int>, into out: UnsafeMutablePointer<Float>) {
    guard let type, let base = file.bytes.baseAddress else { return }
    let start = range.lowerBound + type.bytes(of: rows.lowerBound * rowLength)
    type.read(base + start, into: out, count: rows.count * rowLength)
  }
}
