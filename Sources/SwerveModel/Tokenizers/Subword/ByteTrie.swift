/// A number for each of some texts, found by walking through the text byte by byte.
struct ByteTrie: Sendable {
  /// The children of node i are the nodes `children[i]..<children[i + 1]`, in order of their bytes. Node 0 is the root.
  private var children: [Int32]
  private var labels: [UInt8]
  /// The number of the text that ends at a node; -1: none.
  private var values: [Int32]

  /// O(n log n) in the bytes of all texts; a node for each of them at most.
  /// - Precondition: no text is empty or there twice.
  init(_ texts: FlatTexts, values numbers: [Int32]) {
    let order = texts.indices.sorted { texts[$0].lexicographicallyPrecedes(texts[$1]) }
    children = []
    labels = [0]
    values = []
    // The texts of each node of a level: a range of the order, whose first `depth` bytes are the same.
    var level = [0..<Int32(order.count)]
    var depth = 0
    while !level.isEmpty {
      var next: [Range<Int32>] = []
      let firstOfNext = Int32(labels.count)
      for range in level {
        children.append(firstOfNext + Int32(next.count))
        var place = Int(range.lowerBound)
        let end = Int(range.upperBound)
        var value: Int32 = -1
        if place < end, texts[order[place]].count == depth {
          value = numbers[order[place]]
          place += 1
        }
        values.append(value)
        while place < end {
          let start = place
          let byte = texts.byte(depth, of: order[place])
          while place < end, texts.byte(depth, of: order[place]) == byte { place += 1 }
          next.append(Int32(start)..<Int32(place))
          labels.append(byte)
        }
      }
      level = next
      depth += 1
    }
    children.append(Int32(labels.count))
  }

  var isEmpty: Bool { labels.count == 1 }

  /// The longest of the texts that these bytes begin with. O(its length).
  func longest(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> (value: Int32, end: Int)? {
    var found: (value: Int32, end: Int)?
    var node = 0
    var place = bytes.startIndex
    while place < bytes.endIndex, let child = child(of: node, bytes.base[place]) {
      node = child
      place += 1
      if values[node] >= 0 { found = (values[node], place) }
    }
    return found
  }

  /// The number of a whole text. O(its length).
  func value(of bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Int32? {
    var node = 0
    for byte in bytes {
      guard let child = child(of: node, byte) else { return nil }
      node = child
    }
    return values[node] < 0 ? nil : values[node]
  }

  /// The bytes that some text begins with.
  var firstBytes: ArraySlice<UInt8> { labels[Int(children[0])..<Int(children[1])] }

  @inline(__always)
  private func child(of node: Int, _ byte: UInt8) -> Int? {
    var low = Int(children[node])
    let end = Int(children[node + 1])
    var high = end
    while low < high {
      let middle = (low + high) / 2
      if labels[middle] < byte { low = middle + 1 } else { high = middle }
    }
    return low < end && labels[low] == byte ? low : nil
  }
}
