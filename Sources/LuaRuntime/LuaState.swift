import CLuaShim
import SwerveText

/// A sandboxed, deterministic Lua 5.4. Not Sendable: one thread at a time may use a state and everything that it hands
/// out.
///
/// Lua runs on the calling thread, which needs a stack of 8 MB (the main thread has that); elsewhere use
/// `withLargeStack`. Host functions that capture the state itself should do so weakly: `LuaCall.state` is there for
/// them. After a limit error the state is ended: tables can still be read, but every call fails with the same limit.
package final class LuaState {
  let core: LuaCore
  /// The modules by name. It is a Lua table, because guards also watch what modules hold (see `LuaGuard`).
  private(set) lazy var modules: LuaTable = makeTable()
  private var isSealed = false
  private var loading: [String] = []
  private var hasRequire = false

  /// Answers `require "a.b"` where no module was added: source text and chunk name, or nil when there is none. Each
  /// module runs once, with its name as argument; what it returns (true if nothing) is kept.
  package var moduleLoader: ((String) throws -> (source: String, chunkName: String)?)? {
    didSet { installRequire() }
  }

  /// - Parameters:
  ///   - seed: the seed of math.random; math.randomseed() without arguments goes back to it.
  ///   - output: gets each line of print, newline included.
  package init(
    limits: LuaLimits = LuaLimits(), seed: UInt64 = 0, options: LuaSandboxOptions = [],
    output: @escaping (String) -> Void
  ) {
    core = LuaCore(limits: limits, seed: seed, options: options, output: output)
    core.owner = self
  }

  deinit {
    core.close()
  }

  /// How this machine's liblua differs from what order, numbers and limits rely on; nil if it does not. It is tested
  /// once in a process. If it is not nil, no state loads a script.
  package static let selfTest: String? = swl_self_test().map { String(cString: $0) }

  /// Compiles a text (never binary code). Nothing runs yet. As Lua's `loadfile` does, it skips a byte order mark in
  /// front, and a first line that begins with `#`, which is for the shell.
  /// - Parameter chunkName: as errors show it, for example "examples/quick.lua"; Lua shortens names above 59 bytes.
  /// - Throws: LuaError of kind syntax, or limit "source" (which does not end the state).
  package func load(_ source: String, chunkName: String) throws -> LuaFunction {
    try load(bytes: Array(source.utf8), chunkName: chunkName)
  }

  /// The same for a text in any encoding: Lua strings are bytes.
  package func load(bytes source: [UInt8], chunkName: String) throws -> LuaFunction {
    if let reason = LuaState.selfTest {
      throw LuaError(kind: .runtime, message: "Lua on this machine would not give the promised results: \(reason)")
    }
    var reference: Int32 = 0
    try source.withUnsafeBytes { bytes in
      let characters = bytes.assumingMemoryBound(to: CChar.self)
      try core.perform { swl_load($0, characters.baseAddress, characters.count, chunkName, &reference) }
    }
    return LuaFunction(core: core, reference: reference)
  }

  /// A new empty table.
  package func makeTable() -> LuaTable { makeTable(capacity: 0) }

  /// A sequence of values.
  package func makeTable(_ values: [LuaValue]) -> LuaTable {
    let table = makeTable(capacity: values.count)
    table.append(values)
    return table
  }

  /// A sequence of floats, fast.
  package func makeTable(numbers: [Double]) -> LuaTable {
    let table = makeTable(capacity: numbers.count)
    numbers.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      try? core.perform { swl_table_write_numbers($0, table.reference, start, Int64(buffer.count)) }
    }
    return table
  }

  /// A new table from what `LuaTable.plainText` gave.
  /// - Throws: LuaError for any other text.
  package func makeTable(plainText: String) throws -> LuaTable {
    var reference: Int32 = 0
    var text = plainText
    try text.withUTF8 { bytes in
      try bytes.withMemoryRebound(to: CChar.self) { characters in
        try core.perform { swl_plain_read($0, characters.baseAddress, characters.count, &reference) }
      }
    }
    return LuaTable(core: core, reference: reference)
  }

  private func makeTable(capacity: Int) -> LuaTable {
    var reference: Int32 = 0
    try? core.perform { swl_new_table($0, Int32(clamping: capacity), &reference) }
    return LuaTable(core: core, reference: reference)
  }

  /// The table `_G`.
  package var globals: LuaTable {
    var reference: Int32 = 0
    try? core.perform { swl_globals($0, &reference) }
    return LuaTable(core: core, reference: reference)
  }

  /// Makes a Lua function of a Swift one.
  /// - Parameter name: for the reader of the host's code; errors take the script's own name for the call.
  package func function(_ name: String, _ body: @escaping LuaHostBody) -> LuaFunction {
    var reference: Int32 = 0
    let host = Unmanaged.passRetained(HostFunction(body)).toOpaque()
    try? core.perform { swl_new_function($0, host, &reference) }
    return LuaFunction(core: core, reference: reference)
  }

  /// A new allowance of instructions for what runs next, for example for one hook call inside a long host function.
  package func resetBudget() { core.pointer.map(swl_reset_budget) }

  /// For host functions: counts their work as instructions of the script that called them. About five nanoseconds of
  /// work should count as one.
  package func addWork(_ units: Int) { core.pointer.map { swl_add_work($0, Int64(units)) } }

  /// For host functions: counts memory that stays in use until the call from outside has ended, whatever the collector
  /// finds.
  package func hold(bytes: Int) { core.pointer.map { swl_hold($0, Int64(bytes)) } }

  /// Instructions and charged work since the state was made, by periods of 1000. The same in every process.
  package var instructionCount: Int { core.pointer.map { Int(swl_instruction_count($0)) } ?? 0 }

  /// Ends loading: no module is loaded any more, and each `begin` starts a call that knows nothing of those before it.
  package func seal() {
    isSealed = true
    core.pointer.map(swl_seal)
  }

  /// Starts a call of a hook: math.random starts over with the stream of that number, and `tostring` numbers the
  /// objects that the call makes as if it were the first.
  package func begin(stream: UInt64) { core.pointer.map { swl_begin($0, stream) } }

  /// Ends the script from another thread, for example when the user interrupts or a watchdog's time is over. The state
  /// then fails with limit "stopped".
  package var stopSignal: LuaStopSignal { core.stopSignal }

  /// Ends the scripts of all states of this process as if they had reached their limit of seconds. A signal handler may
  /// call it.
  package static func endTime() { swl_end_time() }

  /// Runs a full garbage collection, so that host objects out of reach are released now.
  package func collectGarbage() { core.pointer.map(swl_collect) }

  // MARK: Modules

  /// Makes `require(name)` answer a table. From the first module or loader on, `require` is a local name in each chunk
  /// that the host loads; it is not a global, so chunks that the script's own `load` compiles don't see it.
  package func addModule(_ name: String, _ value: LuaTable) {
    modules.set(name, .table(value))
    installRequire()
  }

  private func installRequire() {
    guard !hasRequire else { return }
    hasRequire = true
    let require = function("require") { [unowned self] call in
      if case .bytes = call[0] {
        throw LuaError(kind: .runtime, message: "require needs the name of a module, got a string that is not UTF-8")
      }
      guard case .string(let name) = call[0] else {
        throw LuaError(kind: .runtime, message: "require needs the name of a module, got \(call[0].typeName)")
      }
      return [try self.require(name)]
    }
    core.stage([.function(require)])
    try? core.perform { swl_set_require($0) }
  }

  /// The modules that are being loaded, each required by the one before.
  package var modulesBeingLoaded: [String] { loading }

  private func require(_ name: String) throws -> LuaValue {
    core.pointer.map { swl_observe($0, Int32(SWL_OBSERVED_MODULES)) }
    let known = modules.get(name)
    if !known.isNil { return known }
    if isSealed {
      throw LuaError(
        kind: .runtime,
        message: "module '\(name)' is not loaded yet: require it while the script loads, outside of its hooks")
    }
    if loading.containsExactly(name) {
      let chain = (loading + [name]).joined(separator: " -> ")
      throw LuaError(kind: .runtime, message: "modules require each other in a circle: \(chain)")
    }
    guard let found = try moduleLoader?(name) else {
      throw LuaError(kind: .runtime, message: "module '\(name)' not found")
    }
    loading.append(name)
    defer { loading.removeLast() }
    let results = try load(found.source, chunkName: found.chunkName).call([.string(name)])
    let value = results.first.map { $0.isNil ? .boolean(true) : $0 } ?? .boolean(true)
    modules.set(name, value)
    return value
  }
}
