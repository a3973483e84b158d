/// A text that equals another only if all bytes of their UTF-8 are the same, and that is ordered by these bytes. It is
/// for keys of sets and dictionaries, and for properties of types whose `==` is made by the compiler.
///
/// Swift's String calls canonically equivalent texts equal, such as "é" as one scalar and as two, or the ohm sign and
/// omega. For a file system, for Lua, for a tokenizer and for a record these are different texts.
@propertyWrapper
package struct ExactString: Hashable, Comparable, Sendable {
  package var wrappedValue: String

  @inlinable package init(wrappedValue: String) { self.wrappedValue = wrappedValue }

  @inlinable package init(_ text: String) { wrappedValue = text }

  @inlinable package static func == (left: Self, right: Self) -> Bool {
    left.wrappedValue.isExactly(right.wrappedValue)
  }

  @inlinable package static func < (left: Self, right: Self) -> Bool {
    left.wrappedValue.isExactlyBefore(right.wrappedValue)
  }

  @inlinable package func hash(into hasher: inout Hasher) {
    var text = wrappedValue
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    // Marks the end of the text, for hashes of several texts.
    hasher.combine(0xff as UInt8)
  }
}
