import LuaRuntime

/// What a host offers to scripts: functions that answer, throw, call back and keep, and objects with methods.
package final class FuzzHost {
  /// Objects of the host that are alive in this process.
  package final class Tally {
    package var alive = 0

    package init() {}
  }

  fileprivate struct Refusal: Error, CustomStringConvertible {
    let description: String
  }

  fileprivate final class Parcel: LuaObject {
    static let luaTypeName = "parcel"
    let size: Int
    private let tally: Tally

    init(size: Int, tally: Tally) {
      self.size = size
      self.tally = tally
      tally.alive += 1
    }

    deinit { tally.alive -= 1 }

    var luaByteCount: Int { size }
  }

  private let tally: Tally
  /// Values that outlive the call that gave them, some of them the state.
  package private(set) var kept: [LuaValue] = []

  package init(tally: Tally) { self.tally = tally }

  /// Puts the functions into the global table `host`.
  package func install(in state: LuaState) {
    state.register(Parcel.self) { type in
      type.method("sum") { parcel, call in [.number(Double(parcel.size) + (call[0].asDouble ?? 0))] }
      type.operation(.add) { [tally] call in
        [.object(Parcel(size: call.arguments.compactMap { $0.asObject(Parcel.self)?.size }.reduce(0, +), tally: tally))]
      }
      type.operation(.lessThan) { call in [.boolean(call[0].typeName < call[1].typeName)] }
      type.operation(.concatenate) { call in [.string(call[0].typeName + call[1].typeName)] }
      type.operation(.length) { call in [.integer(Int64(call[0].asObject(Parcel.self)?.size ?? 0))] }
      type.operation(.tostring) { _ in throw Refusal(description: "no text") }
      type.index { parcel, key, _ in key.asString == "size" ? .integer(Int64(parcel.size)) : nil }
    }
    let table = state.makeTable()
    for (name, body) in functions { table.set(name, .function(state.function(name, body))) }
    state.globals.set("host", .table(table))
  }

  private var functions: [(String, LuaHostBody)] {
    [
      ("echo", { $0.arguments }),
      ("fail", { call in throw Refusal(description: call[0].asString ?? call[0].typeName) }),
      ("call", { call in try call[0].asFunction?.call(Array(call.arguments.dropFirst())) ?? [] }),
      ("many", { call in Self.many(call[0].asInteger ?? 0) }),
      ("walk", { call in [.integer(Int64(call[0].asTable?.sortedPairs().count ?? 0))] }),
      ("object", { [tally] call in [.object(Parcel(size: Self.size(call[0]), tally: tally))] }),
      (
        "keep",
        { [weak self] call in
          self?.keep(call[0])
          return []
        }
      ),
    ]
  }

  private func keep(_ value: LuaValue) {
    if kept.count < 64 { kept.append(value) } else { kept.removeFirst(32) }
  }

  /// Lets go of everything.
  package func forget() { kept.removeAll() }

  private static func size(_ value: LuaValue) -> Int { Int(min(max(value.asInteger ?? 0, 0), 1 << 20)) }

  private static func many(_ count: Int64) -> [LuaValue] { (0..<min(max(count, 0), 1000)).map { .integer($0) } }
}
