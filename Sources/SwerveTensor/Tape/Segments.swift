/// An array cut into consecutive pieces that are reduced one by one. A piece is the whole, a row, or the vocabulary of
/// one token. Within a piece, elements count from the piece's start.
struct Segments {
  let count: Int
  /// The size of each piece where all are equal; else `offsets` tells.
  private let size: Int
  private let offsets: [Int]?

  static func whole(_ count: Int) -> Segments { Segments(count: 1, size: count, offsets: nil) }
  static func rows(_ layout: TokenLayout) -> Segments { Segments(count: layout.rows, size: 0, offsets: layout.offsets) }
  static func blocks(_ count: Int, of size: Int) -> Segments { Segments(count: count, size: size, offsets: nil) }

  private init(count: Int, size: Int, offsets: [Int]?) {
    self.count = count
    self.size = size
    self.offsets = offsets
  }

  var elementCount: Int { offsets.map { $0[count] } ?? count * size }

  @inline(__always)
  func range(_ segment: Int) -> Range<Int> {
    if let offsets { return offsets[segment]..<offsets[segment + 1] }
    return segment * size..<(segment + 1) * size
  }

  /// One number per piece, from the piece's first element and length; 0 for an empty piece.
  @inline(__always)
  func reduce(_ x: [Float], _ f: (UnsafePointer<Float>, Int) -> Float) -> [Float] {
    x.withUnsafeBufferPointer { x in
      filled(count) { out in
        for segment in 0..<count {
          let range = range(segment)
          if let base = x.baseAddress, !range.isEmpty {
            out[segment] = f(base + range.lowerBound, range.count)
          } else {
            out[segment] = 0
          }
        }
      }
    }
  }

  /// The sum of each piece, in the order of `laneSum`.
  func sums(_ x: [Float]) -> [Float] { reduce(x) { laneSum($0, $1) } }

  /// Each piece's number at every element of the piece.
  func spread(_ perSegment: [Float]) -> [Float] {
    filled(elementCount) { out in
      for segment in 0..<count {
        let value = perSegment[segment]
        for i in range(segment) { out[i] = value }
      }
    }
  }

  /// Each element combined with its piece's number.
  @inline(__always)
  func map(_ x: [Float], _ perSegment: [Float], _ f: (Float, Float) -> Float) -> [Float] {
    precondition(x.count == elementCount && perSegment.count == count, "one value per element and per piece")
    return x.withUnsafeBufferPointer { x in
      filled(x.count) { out in
        for segment in 0..<count {
          let value = perSegment[segment]
          for i in range(segment) { out[i] = f(x[i], value) }
        }
      }
    }
  }
}
