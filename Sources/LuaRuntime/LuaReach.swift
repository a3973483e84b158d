import CLuaShim

/// A host object whose answers to scripts depend on its contents alone.
package protocol LuaDescribed: LuaObject {
  /// Everything that its answers depend on.
  var luaDescription: [UInt8] { get }
}

/// What calls of functions looked at that `LuaFunction.reach` does not tell.
package struct LuaObservations: OptionSet, Sendable {
  package let rawValue: Int32

  package init(rawValue: Int32) { self.rawValue = rawValue }

  /// math.random, which follows the seed of the state.
  package static let random = LuaObservations(rawValue: Int32(SWL_OBSERVED_RANDOM))
  /// The number of an object, as in `tostring {}`: how many were made before.
  package static let numbers = LuaObservations(rawValue: Int32(SWL_OBSERVED_NUMBERS))
  /// An error that the script caught, whose text may have a line.
  package static let errors = LuaObservations(rawValue: Int32(SWL_OBSERVED_ERRORS))
  /// A module by its name.
  package static let modules = LuaObservations(rawValue: Int32(SWL_OBSERVED_MODULES))
}

extension LuaFunction {
  /// Everything that decides what the function does, as bytes: its code without lines, its upvalues, the globals, and so
  /// on through tables, metatables, functions and host objects. If two functions have the same bytes, they give the same
  /// answers to the same arguments, unless a call observes something else (`LuaState.observations`).
  ///
  /// Nil where that can't be told: a coroutine, an iterator, a host object that does not describe itself, a function of
  /// the host that was made after `LuaState.nameHostFunctions`, more than a million entries or 64 MiB.
  package func reach() -> [UInt8]? {
    guard let pointer = core.pointer else { return nil }
    var count = 0
    var objects: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
    var objectCount = 0
    guard let text = swl_reach(pointer, reference, &count, &objects, &objectCount) else { return nil }
    var bytes = UnsafeRawBufferPointer(start: text, count: count).map { $0 }
    for object in UnsafeBufferPointer(start: objects, count: objectCount) {
      guard let object else { return nil }
      let held = Unmanaged<ObjectBox>.fromOpaque(object).takeUnretainedValue().object
      guard let described = held as? any LuaDescribed else { return nil }
      let own = described.luaDescription
      bytes += Array("\(type(of: described).luaTypeName) \(own.count):".utf8) + own
    }
    return bytes
  }
}

extension LuaState {
  /// Gives all functions of the libraries and of the modules their names in `LuaFunction.reach`. Call it when the host's
  /// modules are complete and no script was loaded.
  package func nameHostFunctions() { core.pointer.map { swl_name_natives($0, modules.reference) } }

  /// What calls looked at since `forgetObservations`.
  package var observations: LuaObservations {
    LuaObservations(rawValue: core.pointer.map(swl_observed) ?? 0)
  }

  package func forgetObservations() { core.pointer.map(swl_forget_observed) }
}
