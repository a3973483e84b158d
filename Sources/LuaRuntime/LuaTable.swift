import CLuaShim

/// A Lua table. All access is raw: no metamethod runs, and no script code.
package final class LuaTable {
  let core: LuaCore
  let reference: Int32

  init(core: LuaCore, reference: Int32) {
    self.core = core
    self.reference = reference
  }

  deinit {
    core.release(reference)
  }

  /// The value at a key; nil when absent, and for a table of a closed state.
  package func get(_ key: LuaValue) -> LuaValue {
    core.stage([key])
    guard (try? core.perform { swl_table_get($0, reference) }) != nil else { return .nil }
    return core.takeResults().first ?? .nil
  }

  package func get(_ key: String) -> LuaValue { get(.string(key)) }

  /// - Parameter index: as in Lua, elements of a sequence count from 1.
  package func get(_ index: Int) -> LuaValue { get(.integer(Int64(index))) }

  /// Sets or, with nil, removes the value at a key.
  /// - Throws: LuaError when the key is nil or NaN, or the state is closed.
  package func set(_ key: LuaValue, _ value: LuaValue) throws {
    core.stage([key, value])
    try core.perform { swl_table_set($0, reference) }
  }

  /// Does nothing on a table of a closed state.
  package func set(_ key: String, _ value: LuaValue) { try? set(.string(key), value) }

  /// - Parameter index: from 1.
  package func set(_ index: Int, _ value: LuaValue) { try? set(.integer(Int64(index)), value) }

  /// Appends values to a sequence.
  package func append(_ values: [LuaValue]) {
    let first = Int64(count) + 1
    core.stage(values)
    try? core.perform { swl_table_fill($0, reference, first) }
  }

  /// The raw length: a border, as `rawlen` gives it.
  package var count: Int { core.pointer.map { Int(swl_table_count($0, reference)) } ?? 0 }

  /// True when the keys are exactly 1...count; also for an empty table.
  package var isSequence: Bool { core.pointer.map { swl_table_is_sequence($0, reference) == 1 } ?? false }

  /// All entries in the order of Lua's pairs: false, true, numbers, strings bytewise, objects by creation.
  package func sortedPairs() -> [(key: LuaValue, value: LuaValue)] {
    guard let pointer = core.pointer else { return [] }
    var keysReference: Int32 = 0
    let count = swl_table_keys(pointer, reference, &keysReference)
    guard count > 0 else { return [] }
    let keys = LuaTable(core: core, reference: keysReference)
    var entries: [(key: LuaValue, value: LuaValue)] = []
    entries.reserveCapacity(Int(count))
    // In slices, because the entries pass through Lua's stack.
    for first in stride(from: Int64(1), through: count, by: 4096) {
      let slice = min(4096, count - first + 1)
      guard swl_table_entries(pointer, reference, keys.reference, first, slice) == SWL_OK else { return entries }
      let flat = core.takeResults()
      for index in stride(from: 0, to: flat.count, by: 2) { entries.append((flat[index], flat[index + 1])) }
    }
    return entries
  }

  /// Elements 1...count as values.
  package func elements() -> [LuaValue] { (0..<count).map { get($0 + 1) } }

  /// Elements 1...count as numbers, fast.
  /// - Throws: LuaError naming the first element that is not a number.
  package func doubles() throws -> [Double] {
    guard let pointer = core.pointer else { return [] }
    let count = count
    var bad: Int64 = 0
    let numbers = [Double](unsafeUninitializedCapacity: count) { buffer, initialized in
      initialized = count
      guard let start = buffer.baseAddress, count > 0 else { return }
      start.initialize(repeating: 0, count: count)
      bad = swl_table_read_numbers(pointer, reference, start, Int64(count))
    }
    if bad > 0 {
      let found = get(Int(bad)).typeName
      throw LuaError(kind: .runtime, message: "element \(bad) must be a number, got \(found)")
    }
    return numbers
  }

  /// Plain data as exact text: nil, booleans, integers, floats, strings, and tables of those. Tables have no
  /// metatables, occur only once each, and are at most 64 deep. Keys are in the order of pairs; floats have the
  /// shortest text that reads back to the same bits.
  /// - Parameter name: the table's name in the error.
  /// - Throws: LuaError that names what can't be written, such as "state.cache[3] is a function".
  package func plainText(named name: String) throws -> String {
    var text: UnsafePointer<CChar>?
    try core.perform { state in
      text = swl_plain_write(state, reference, name)
      return text == nil ? Int32(SWL_FAILED) : Int32(SWL_OK)
    }
    return text.map { String(cString: $0) } ?? ""
  }

  /// Whether `plainText` would succeed.
  /// - Throws: as `plainText` does.
  package func checkPlain(named name: String) throws { try core.perform { swl_plain_check($0, reference, name) } }

  /// True when both are the same table.
  package func isSame(as other: LuaTable) -> Bool {
    guard core === other.core, let pointer = core.pointer else { return self === other }
    return swl_same(pointer, reference, other.reference) == 1
  }
}
