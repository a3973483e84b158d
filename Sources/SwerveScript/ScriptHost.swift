import LuaRuntime
import SwerveText

/// Knows at which token of a batch a hook failed.
protocol ErrorLocation {
  /// nil for an error that was not raised while the hook iterated over the batch.
  func place(of error: LuaError) -> String?
}

/// The data that the functions of one Lua state share: the overrides, and what was loaded and declared so far.
final class ScriptHost {
  /// The values of `--set`, in order; if a key occurs twice, the last one wins.
  let overrides: [(key: String, value: String)]
  private let sources: any ScriptSources
  private let models: ModelTextReader
  /// The models whose text parts were read, by the paths that the script gave.
  private(set) var modelTexts: [(path: String, text: ModelText)] = []
  /// The model whose tokens the task has, while a function of a task runs.
  var modelOfHook: ModelText?
  /// The chat templates that were read, by their texts.
  private var chatTemplates: [ExactString: ChatTemplate] = [:]
  /// The location in the batch, while a hook runs.
  var currentToken: (any ErrorLocation)?
  /// Every Lua file and text that was loaded, in order, and whether it is the library's.
  private(set) var files: [(file: ScriptFile, isLibrary: Bool)] = []
  /// The script itself, while it loads.
  var scriptPath: String?
  /// The path of the library's module that checks arguments (swerve.check), once it is loaded.
  private var checksPath: String?
  /// The names and paths of the script's modules.
  private var modulePaths: [(name: String, path: String)] = []
  /// What the script's call of swerve.options declared, sorted by name; nil before that call.
  var options: [(name: String, value: OptionValue)]?
  /// The same options with the script's own values, without those of `--set`.
  var defaults: [(name: String, value: OptionValue)] = []
  /// The library's functions that make schedules and losses, identified by where they are defined.
  var factories: [(chunk: String, line: Int, name: String)] = []
  /// Whether this runs a file of tests; `tests` has the cases that the file declared so far.
  var runsTests = false
  var tests = DeclaredTests()

  /// - Parameter models: reads the models that stages start from; plain Lua and files of tests have none.
  init(
    overrides: [(key: String, value: String)], sources: any ScriptSources,
    models: @escaping ModelTextReader = { path in
      throw ScriptError("there is no experiment here that could read the model \(quoted(path))")
    }
  ) {
    self.overrides = overrides
    self.sources = sources
    self.models = models
  }

  func record(_ file: ScriptFile, isLibrary: Bool) { files.append((file, isLibrary)) }

  /// Whether the script has returned its experiment. Files that it reads later would not be recorded.
  var hasLoaded = false

  /// A text file of the script's folder; it is recorded once.
  /// - Parameter limit: its most bytes.
  func text(_ path: String, atMost limit: Int) throws -> ScriptFile? {
    guard let file = try sources.read(text: path, atMost: limit) else { return nil }
    if !files.contains(where: { $0.file.path === file.path }) { record(file, isLibrary: false) }
    return file
  }

  /// Files that are too large for a copy in the record, in the order in which they were read.
  private(set) var largeFiles: [LargeFile] = []

  /// A large file of the script's folder; it is read and recorded once.
  func large(_ path: String, above least: Int, atMost limit: Int) throws -> LargeFile? {
    guard let file = try sources.read(large: path, above: least, atMost: limit) else { return nil }
    if let known = largeFiles.first(where: { $0.path === file.path }) { return known }
    largeFiles.append(file)
    return file
  }

  /// What a model says about text. It is read once, and only while the script loads: the record lists what was read.
  /// - Throws: ScriptError without a place.
  func modelText(_ path: String) throws -> ModelText {
    if let known = modelTexts.first(where: { $0.path === path }) { return known.text }
    if hasLoaded {
      throw ScriptError(
        "the model \(quoted(path)) was not read while the script loaded, and hooks read no files",
        hint: "ask for it once at the top of the script")
    }
    do {
      let text = try models(path)
      modelTexts.append((path, text))
      return text
    } catch let error as ScriptError {
      throw error
    } catch let error as any UserFacingError {
      throw ScriptError(error.message, kind: .data, hint: error.hint)
    }
  }

  func chatTemplate(_ text: String) throws(TemplateError) -> ChatTemplate {
    if let known = chatTemplates[ExactString(text)] { return known }
    let template = try ChatTemplate(text)
    chatTemplates[ExactString(text)] = template
    return template
  }

  /// - Throws: ScriptError for a module that is not there.
  func load(module name: String) throws -> (source: String, chunkName: String)? {
    guard ModuleName.isValid(name) else {
      throw ScriptError(
        "the name of a module is letters, digits and '_' in parts that dots separate, got \(quoted(name))",
        hint: "modules are the library's (\"swerve.anneal\") and files of the script's folder (\"parts.rules\")")
    }
    guard let file = try sources.read(module: name) else { throw missing(module: name) }
    record(file, isLibrary: ModuleName.isLibrary(name))
    if !ModuleName.isLibrary(name) { modulePaths.append((name, file.path)) }
    if name == "swerve.check" { checksPath = file.path }
    return (file.text, file.path)
  }

  private func missing(module name: String) -> ScriptError {
    if ModuleName.isLibrary(name), !name.endsExactly(with: ".lua") {
      return ScriptError("the library has no module \(quoted(name))", hint: "docs/api.md lists its modules")
    }
    if let module = name.start(before: ".lua") {
      return ScriptError("there is no module \(quoted(name))", hint: "leave out .lua: require \(quoted(module))")
    }
    let path = name.replacingExactly(".", with: "/") + ".lua"
    return ScriptError(
      "module \(quoted(name)) not found: there is no \(path) in the script's folder",
      hint: "modules are Lua files beside the script, and those of the library, such as \"swerve.anneal\"")
  }
}

// MARK: Places

extension ScriptHost {
  /// The place for one of Lua's chunk names. Lua shortens names of more than 59 bytes at the left.
  func place(chunk: String, line: Int) -> ScriptPlace? {
    guard !chunk.isEmpty else { return nil }
    let whole = chunk.rest(after: "...").flatMap { rest in
      // The cut may have split a character.
      let end = String(rest.unicodeScalars.drop { $0 == "\u{fffd}" })
      return files.first { $0.file.path.endsExactly(with: end) }?.file.path
    }
    return ScriptPlace(file: whole ?? chunk, line: max(0, line))
  }

  /// From "file:line: ", as Lua's `error` writes it.
  func place(text: String) -> ScriptPlace? {
    let parts = text.pieces(at: ":", omittingEmpty: false)
    guard parts.count >= 3, let line = Int(parts[parts.count - 2]) else { return nil }
    return place(chunk: parts[0..<parts.count - 2].joined(separator: ":"), line: line)
  }

  /// The place for a call of the library whose own line is no longer known. If a module is being loaded and none of its
  /// lines is in `places`, it is "file:0: " of that module; else the innermost line, or the script.
  func loadingPlace(_ places: [String], _ state: LuaState) -> String {
    let loading = state.modulesBeingLoaded.last { !ModuleName.isLibrary($0) }
    if let path = modulePaths.last(where: { $0.name === loading })?.path,
      !places.contains(where: { place(text: $0)?.file === path })
    {
      return "\(path):0: "
    }
    if let first = places.first { return first }
    return hasLoaded ? "" : scriptPath.map { "\($0):0: " } ?? ""
  }

  func isLibrary(_ place: ScriptPlace) -> Bool { files.contains { $0.isLibrary && $0.file.path === place.file } }

  func isOfChecks(_ place: ScriptPlace) -> Bool { place.file === checksPath }

  /// Where a function is defined; nil if that is in the library or in the host.
  func definition(of function: LuaFunction) -> ScriptPlace? {
    let (chunk, line) = function.definedAt
    guard line >= 0, let place = place(chunk: chunk, line: line), !isLibrary(place) else { return nil }
    return place
  }

  func isOfLibrary(_ function: LuaFunction) -> Bool {
    let (chunk, line) = function.definedAt
    return line >= 0 && place(chunk: chunk, line: line).map(isLibrary) ?? false
  }

  /// Converts an error from Lua to a ScriptError, with the full name of its file.
  func scriptError(_ error: LuaError) -> ScriptError {
    var result = ScriptError(error)
    if error.underlying == nil, error.kind == .runtime { result.hint = LuaErrorHint.forMessage(result.message) }
    if let found = result.place { result.place = place(chunk: found.file, line: found.line) }
    // The library's own frames say nothing about the script.
    result.traceback.removeAll { frame in
      files.contains { $0.isLibrary && frame.beginsExactly(with: "\($0.file.path):") }
    }
    // An error inside the library is reported at the line of the script that called it.
    if let inner = result.place, isLibrary(inner), let frame = result.traceback.first.flatMap(place(frame:)) {
      result.place = frame
      // An error from the host says enough. For a fault in the library's own code, its line helps to find it.
      if error.underlying == nil { result.message += " (in \(inner))" }
    }
    return result
  }

  /// From "file:line: in function 'rule'".
  private func place(frame: String) -> ScriptPlace? {
    let scalars = Array(frame.unicodeScalars)
    let end = scalars.indices.first { scalars[$0...].starts(with: ": in ".unicodeScalars) }
    return end.flatMap { place(text: String(String.UnicodeScalarView(scalars[..<$0])) + ": ") }
  }
}
