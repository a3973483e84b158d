import SwerveModel
import SwerveTestSupport
import Testing

@Suite
struct SafetensorsFixtureTests {
  @Test(arguments: [
    "expected.safetensors", "rl.safetensors", "gpt2-tiny/model.safetensors", "nanogpt-tiny/model.safetensors",
  ])
  func readsFilesOfTheFormatsOwnLibrary(name: String) throws {
    let file = try Fixtures.tensors(name)
    #expect(!file.header.entries.isEmpty)
    for entry in file.header.entries {
      let count = entry.dtype == .i64 ? try file.integers(entry.name).count : try file.floats(entry.name).count
      #expect(count == entry.shape.reduce(1, *))
    }
  }

  @Test func writesThemAgainWithTheSameBits() throws {
    let original = try Fixtures.tensors("gpt2-tiny/model.safetensors")
    let names = original.header.entries.map(\.name)
    var copy: [UInt8] = []
    func write(_ rest: ArraySlice<String>, _ tensors: [NamedTensor]) throws {
      guard let name = rest.first else {
        copy = try Safetensors.bytes(metadata: original.header.metadata, tensors: tensors)
        return
      }
      try original.floats(name).withUnsafeBufferPointer {
        try write(rest.dropFirst(), tensors + [NamedTensor(name: name, shape: original.shape(name), values: $0)])
      }
    }
    try write(names[...], [])
    let again = try TensorFile(bytes: copy)
    #expect(again.header.metadata.map(\.value) == original.header.metadata.map(\.value))
    for name in names {
      #expect(try again.shape(name) == original.shape(name))
      #expect(try again.floats(name).map(\.bitPattern) == original.floats(name).map(\.bitPattern))
    }
  }
}
