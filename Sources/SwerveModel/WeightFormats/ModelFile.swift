/// One file of a model: its name and its bytes. This module opens no files, so the caller brings them, usually mapped
/// into memory; the values of a tensor are read from there when they are asked for.
///
/// The bytes must not change. They stay valid as long as `owner` lives, which every copy of this value keeps alive.
package struct ModelFile: @unchecked Sendable {
  /// The name in the model's folder, such as `config.json`.
  package let name: String
  package let bytes: UnsafeRawBufferPointer
  private let owner: AnyObject
  private let letGo: @Sendable () -> Void

  /// - Parameter release: lets go of the memory of bytes that were read; they stay readable.
  package init(
    name: String, bytes: UnsafeRawBufferPointer, owner: AnyObject, release: @escaping @Sendable () -> Void = {}
  ) {
    self.name = name
    self.bytes = bytes
    self.owner = owner
    letGo = release
  }

  /// The weights were read: the file need not be in memory beside them.
  func release() { letGo() }

  /// A file with a copy of these bytes.
  package init(name: String, contents: [UInt8]) {
    let copy = OwnedBytes(contents)
    self.init(name: name, bytes: UnsafeRawBufferPointer(copy.memory), owner: copy)
  }
}

private final class OwnedBytes {
  let memory: UnsafeMutableRawBufferPointer

  init(_ contents: [UInt8]) {
    memory = .allocate(byteCount: contents.count, alignment: 64)
    memory.copyBytes(from: contents)
  }

  deinit { memory.deallocate() }
}
