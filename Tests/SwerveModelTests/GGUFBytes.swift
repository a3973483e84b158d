/// A GGUF file made by hand.
struct GGUFBytes {
  enum Value {
    case count(UInt32)
    case number(Float)
    case text(String)
    case texts([String])
  }

  var version: UInt32 = 3
  var keys: [(String, Value)] = []
  /// Shapes with rows before columns, values in float32.
  var tensors: [(name: String, shape: [Int], values: [Float])] = []

  var bytes: [UInt8] {
    var out = Array("GGUF".utf8)
    func add(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.littleEndian) { out += $0 } }
    func add(_ text: String) {
      add(UInt64(text.utf8.count))
      out += text.utf8
    }
    add(version)
    add(UInt64(tensors.count))
    add(UInt64(keys.count))
    for (key, value) in keys {
      add(key)
      switch value {
      case .count(let count):
        add(UInt32(4))
        add(count)
      case .number(let number):
        add(UInt32(6))
        add(number.bitPattern)
      case .text(let text):
        add(UInt32(8))
        add(text)
      case .texts(let texts):
        add(UInt32(9))
        add(UInt32(8))
        add(UInt64(texts.count))
        for text in texts { add(text) }
      }
    }
    var offset = 0
    for tensor in tensors {
      add(tensor.name)
      add(UInt32(tensor.shape.count))
      for extent in tensor.shape.reversed() { add(UInt64(extent)) }
      add(UInt32(0))
      add(UInt64(offset))
      offset += (4 * tensor.values.count + 31) / 32 * 32
    }
    func fill() { out += [UInt8](repeating: 0, count: (32 - out.count % 32) % 32) }
    fill()
    for tensor in tensors {
      for value in tensor.values { add(value.bitPattern) }
      fill()
    }
    return out
  }
}
