import CLuaShim
import SwerveText

/// The C state, and the values that pass between Swift and Lua. LuaState closes it; tables and functions that live
/// longer find it closed.
final class LuaCore {
  /// Null after `close`.
  private(set) var pointer: OpaquePointer?
  weak var owner: LuaState?
  let output: (String) -> Void
  let stopSignal = LuaStopSignal()
  /// Metatable of each type of host objects.
  var types: [ObjectIdentifier: Int32] = [:]
  /// The last errors that host functions threw, for `LuaError.underlying`. Lua carries only the number of each.
  private var thrown: [(cause: Int64, error: any Error)] = []
  private var newestCause: Int64 = 0

  init(limits: LuaLimits, seed: UInt64, options: LuaSandboxOptions, output: @escaping (String) -> Void) {
    self.output = output
    var allowance = swl_limits(
      instructions: Int64(limits.instructions), memory_bytes: Int64(limits.memoryBytes),
      output_bytes: Int64(limits.outputBytes), source_bytes: Int64(limits.sourceBytes),
      string_bytes: Int64(limits.stringBytes), depth: Int64(limits.depth), seconds: Int64(limits.seconds))
    var callbacks = swl_callbacks(
      context: Unmanaged.passUnretained(self).toOpaque(), call: runHostFunction, release: releaseHostObject,
      same: areSameObject, output: passOutput)
    pointer = swl_open(&allowance, seed, options.rawValue, &callbacks)
    pointer.map { swl_watch($0, stopSignal.flag) }
  }

  deinit {
    close()
  }

  /// Ends Lua; host objects are released here.
  func close() {
    guard let state = pointer else { return }
    swl_close(state)
    pointer = nil
    swl_destroy(state)
  }

  func release(_ reference: Int32) {
    if let pointer { swl_release(pointer, reference) }
  }

  // MARK: Errors

  /// Runs one operation of the shim and turns its status into a thrown LuaError.
  func perform(_ operation: (OpaquePointer) -> Int32) throws {
    guard let pointer else { throw LuaError(kind: .runtime, message: "the Lua state is closed") }
    if operation(pointer) != SWL_OK { throw lastError(pointer) }
  }

  private func lastError(_ state: OpaquePointer) -> LuaError {
    let raw = swl_last_error(state).pointee
    let message = String(decoding: UnsafeRawBufferPointer(start: raw.message, count: raw.message_count), as: UTF8.self)
    let kind: LuaError.Kind =
      switch Int(raw.kind) {
      case SWL_ERROR_SYNTAX: .syntax
      case SWL_ERROR_LIMIT: .limit(limitName(raw.limit))
      default: .runtime
      }
    let frames = String(cString: raw.traceback).pieces(at: "\n")
    let cause = thrown.first { $0.cause == raw.cause }
    return LuaError(
      kind: kind, message: message, chunk: String(cString: raw.chunk), line: Int(raw.line), traceback: frames,
      underlying: kind == .runtime ? cause?.error : nil)
  }

  /// Remembers what a host function threw and stages its text.
  func stage(error: any Error) {
    guard let pointer else { return }
    let lua = error as? LuaError
    var text = lua?.message ?? String(describing: error)
    newestCause += 1
    thrown.append((newestCause, lua?.underlying ?? error))
    if thrown.count > 8 { thrown.removeFirst() }
    text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) {
        swl_stage_error(pointer, $0.baseAddress, $0.count, (lua?.line ?? 0) > 0 ? 1 : 0, newestCause)
      }
    }
  }

  var caller: (chunk: String, line: Int) {
    guard let pointer else { return ("", 0) }
    let place = swl_caller(pointer)
    return (String(cString: place.chunk), Int(place.line))
  }

  // MARK: Values to Lua

  /// Stages the values that the next operation consumes. Types are declared first, because declaring one is itself an
  /// operation.
  func stage(_ values: [LuaValue]) {
    for case .object(let object) in values where types[ObjectIdentifier(type(of: object))] == nil {
      _ = registerBare(type(of: object))
    }
    for value in values { stage(value) }
  }

  private func stage(_ value: LuaValue) {
    guard let pointer else { return }
    switch value {
    case .nil, .coroutine: swl_stage_nil(pointer)
    case .boolean(let value): swl_stage_boolean(pointer, value ? 1 : 0)
    case .integer(let value): swl_stage_integer(pointer, value)
    case .number(let value): swl_stage_number(pointer, value)
    case .string(var value):
      value.withUTF8 { bytes in
        bytes.withMemoryRebound(to: CChar.self) { swl_stage_string(pointer, $0.baseAddress, $0.count) }
      }
    case .bytes(let bytes):
      bytes.withUnsafeBytes { swl_stage_string(pointer, $0.bindMemory(to: CChar.self).baseAddress, $0.count) }
    case .table(let table): swl_stage_reference(pointer, reference(table.core, table.reference))
    case .function(let function): swl_stage_reference(pointer, reference(function.core, function.reference))
    case .object(let object): stage(object, pointer)
    }
  }

  private func stage(_ object: any LuaObject, _ pointer: OpaquePointer) {
    let metatable = types[ObjectIdentifier(type(of: object))] ?? 0
    let box = Unmanaged.passRetained(ObjectBox(object)).toOpaque()
    let content = object.luaContent.map { reference($0.core, $0.reference) } ?? 0
    swl_stage_object(pointer, box, metatable, Int64(object.luaByteCount), content)
  }

  /// A type without methods, for objects whose type was not registered.
  func registerBare(_ type: any LuaObject.Type) -> Int32 {
    var metatable: Int32 = 0
    if let pointer { _ = swl_new_type(pointer, type.luaTypeName, &metatable) }
    types[ObjectIdentifier(type)] = metatable
    return metatable
  }

  private func reference(_ core: LuaCore, _ reference: Int32) -> Int32 {
    precondition(core === self, "a Lua value belongs to one state")
    return reference
  }

  // MARK: Values from Lua

  /// Copies the results of the last operation and drops them.
  func takeResults() -> [LuaValue] {
    guard let pointer else { return [] }
    var count: Int32 = 0
    let raw = swl_results(pointer, &count)
    let values = UnsafeBufferPointer(start: raw, count: Int(count)).map(value)
    swl_end(pointer)
    return values
  }

  func value(_ raw: swl_value) -> LuaValue {
    switch Int(raw.kind) {
    case SWL_BOOLEAN: .boolean(raw.integer != 0)
    case SWL_INTEGER: .integer(raw.integer)
    case SWL_NUMBER: .number(raw.number)
    case SWL_STRING: string(raw.bytes, raw.count)
    case SWL_TABLE: .table(LuaTable(core: self, reference: Int32(raw.integer)))
    case SWL_FUNCTION: .function(LuaFunction(core: self, reference: Int32(raw.integer)))
    case SWL_OBJECT:
      raw.object.map { .object(Unmanaged<ObjectBox>.fromOpaque($0).takeUnretainedValue().object) } ?? .nil
    case SWL_COROUTINE: .coroutine
    default: .nil
    }
  }

  private func string(_ bytes: UnsafePointer<CChar>?, _ count: Int) -> LuaValue {
    let buffer = UnsafeRawBufferPointer(start: bytes, count: count)
    return String(validating: buffer, as: UTF8.self).map { .string($0) } ?? .bytes(Array(buffer))
  }

  private func limitName(_ limit: Int32) -> String {
    switch Int(limit) {
    case SWL_LIMIT_INSTRUCTIONS: "instructions"
    case SWL_LIMIT_MEMORY: "memory"
    case SWL_LIMIT_OUTPUT: "output"
    case SWL_LIMIT_SOURCE: "source"
    case SWL_LIMIT_STRING: "string"
    case SWL_LIMIT_DEPTH: "depth"
    case SWL_LIMIT_NESTING: "nesting"
    case SWL_LIMIT_SECONDS: "seconds"
    default: "stopped"
    }
  }
}

// MARK: Callbacks

/// Called by the shim's trampoline, which raises only after this frame has ended.
private func runHostFunction(
  context: UnsafeMutableRawPointer?, function: UnsafeMutableRawPointer, arguments: UnsafePointer<swl_value>?,
  count: Int32
) -> Int32 {
  guard let context else { return -1 }
  let core = Unmanaged<LuaCore>.fromOpaque(context).takeUnretainedValue()
  let host = Unmanaged<HostFunction>.fromOpaque(function).takeUnretainedValue()
  let values = UnsafeBufferPointer(start: arguments, count: Int(count)).map(core.value)
  guard let state = core.owner else { return -1 }
  do {
    var call = LuaCall(arguments: values, state: state)
    let results = try host.body(&call)
    core.stage(results)
    return Int32(results.count)
  } catch {
    core.stage(error: error)
    return -1
  }
}

private func releaseHostObject(context: UnsafeMutableRawPointer?, object: UnsafeMutableRawPointer) {
  Unmanaged<AnyObject>.fromOpaque(object).release()
}

private func areSameObject(a: UnsafeMutableRawPointer, b: UnsafeMutableRawPointer) -> Int32 {
  let left = Unmanaged<ObjectBox>.fromOpaque(a).takeUnretainedValue()
  let right = Unmanaged<ObjectBox>.fromOpaque(b).takeUnretainedValue()
  return left.object === right.object ? 1 : 0
}

private func passOutput(context: UnsafeMutableRawPointer?, bytes: UnsafePointer<CChar>, count: Int) {
  guard let context else { return }
  let core = Unmanaged<LuaCore>.fromOpaque(context).takeUnretainedValue()
  core.output(String(decoding: UnsafeRawBufferPointer(start: bytes, count: count), as: UTF8.self))
}
