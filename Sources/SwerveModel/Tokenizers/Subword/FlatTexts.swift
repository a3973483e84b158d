/// Texts in one buffer, so that one of hundreds of thousands is a slice and no array of its own.
struct FlatTexts: Sendable {
  private var bytes: [UInt8] = []
  private var starts = [0]

  init() {}

  init(_ texts: some Sequence<some Sequence<UInt8>>) { for text in texts { append(text) } }

  mutating func append(_ text: some Sequence<UInt8>) {
    bytes.append(contentsOf: text)
    starts.append(bytes.count)
  }

  var indices: Range<Int> { 0..<starts.count - 1 }

  subscript(index: Int) -> ArraySlice<UInt8> { bytes[starts[index]..<starts[index + 1]] }

  func byte(_ place: Int, of index: Int) -> UInt8 { bytes[starts[index] + place] }
}
