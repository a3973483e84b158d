/// A tensor of float32 by name, in row-major order, borrowed for the length of a call.
package struct NamedTensor {
  package let name: String
  package let shape: [Int]
  package let values: UnsafeBufferPointer<Float>

  package init(name: String, shape: [Int], values: UnsafeBufferPointer<Float>) {
    self.name = name
    self.shape = shape
    self.values = values
  }
}
