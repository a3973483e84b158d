import LuaRuntime
import SwerveText

extension ScriptHost {
  /// Makes the API available to chunks that are loaded from now on.
  func install(in state: LuaState) {
    let module = state.makeTable()
    let internals = state.makeTable()
    for function in ScriptAPI.functions { install(function, in: module, state) }
    for function in ScriptAPI.libraryFunctions + ScriptAPI.testFunctions { install(function, in: internals, state) }
    for object in ScriptAPI.objects { install(object, in: state) }
    bindTensors(in: state)
    state.addModule("swerve.host", module)
    state.addModule("swerve.internal", internals)
    state.moduleLoader = { [self] name in try load(module: name) }
    state.nameHostFunctions()
  }

  /// Puts a function into the module under its name: "swerve.tasks.addition" goes into the table `tasks`.
  private func install(_ function: APIFunction, in module: LuaTable, _ state: LuaState) {
    var table = module
    let path = Array(function.name.pieces(at: ".").dropFirst())
    for part in path.dropLast() {
      if table.get(part).isNil { table.set(part, .table(state.makeTable())) }
      table = table.get(part).asTable ?? table
    }
    let made = state.function(function.name) { [self] call in
      try function.body(ValueCheck.arguments(call, function, self), self)
    }
    table.set(path.last ?? function.name, .function(made))
  }

  private func install(_ object: APIObject, in state: LuaState) {
    switch ExactString(object.name) {
    case ExactString(TokenColumnsBinding.name): TokenColumnsBinding.register(object, in: state, host: self)
    case ExactString(RandomObject.luaTypeName): registerRandom(object, in: state)
    case ExactString(DataObject.luaTypeName):
      state.register(DataObject.self) { type in
        addMethods(object, to: type)
        type.operation(.length, DataObject.count)
        type.index(DataObject.element)
      }
    case ExactString(OptionsObject.luaTypeName): state.register(OptionsObject.self) { $0.index(OptionsObject.value) }
    case ExactString(CoefficientsObject.luaTypeName):
      state.register(CoefficientsObject.self) { $0.index(CoefficientsObject.value) }
    case ExactString(HierarchyObject.luaTypeName):
      state.register(HierarchyObject.self) { type in
        addMethods(object, to: type)
        type.operation(.length, HierarchyObject.count)
      }
    case ExactString(DocumentsObject.luaTypeName):
      state.register(DocumentsObject.self) { $0.index(DocumentsObject.value) }
    case ExactString(NumbersObject.luaTypeName): state.register(NumbersObject.self) { $0.index(NumbersObject.value) }
    case ExactString(RuleObject.luaTypeName): state.register(RuleObject.self) { $0.operation(.call, RuleObject.call) }
    default: break
    }
  }

  private func registerRandom(_ object: APIObject, in state: LuaState) {
    state.register(RandomObject.self) { type in
      addMethods(object, to: type)
      let known = object.methods.map { $0.name.pieces(at: ":").last ?? $0.name }
      type.index { _, key, _ in
        let name = key.asString.map(label) ?? shown(key)
        throw ScriptError(
          "rng has no method '\(name)'" + didYouMean(name, among: known),
          hint: "methods of rng: " + known.joined(separator: ", "))
      }
    }
  }
}

extension ScriptAPI {
  /// A sandbox with the whole API in it, without an experiment: for `swerve lua`.
  /// - Parameters: as in `ScriptedExperiment.load`.
  package static func makeState(
    limits: LuaLimits = LuaLimits(), seed: UInt64, library: any ScriptSources,
    output: @escaping (String) -> Void
  ) -> LuaState {
    let state = LuaState(limits: limits, seed: seed, output: output)
    ScriptHost(overrides: [], sources: library).install(in: state)
    return state
  }
}
