import LuaRuntime
import SwerveFiles
import SwerveRecords
import SwerveScript
import SwerveText

/// Plain Lua with the whole API, for `swerve lua`.
package final class LuaSession {
  private let state: LuaState
  private let printer: LuaValue

  /// - Parameters:
  ///   - script: the file that will run; modules are found next to it. nil: modules are found in the working folder.
  ///   - limits: for each file or text that runs; the limits of output and memory are for all together.
  ///   - isPrompt: if true, any number of lines is read, so there is no limit for their output as a whole.
  ///   - output: what `print` writes, line ends included.
  /// - Throws: ScriptFileError if there is no such script.
  package init(
    script: String?, limits: LuaLimits = LuaLimits(), seed: UInt64, isPrompt: Bool = false,
    output: @escaping (String) -> Void
  ) throws {
    let folder = try script.map { try Project(script: $0, wanted: "a Lua file").scriptFolder }
    let sources = LibraryOnDemand(folder: folder ?? ".")
    var limits = limits
    if isPrompt { limits.outputBytes = .max }
    state = ScriptAPI.makeState(limits: limits, seed: seed, library: sources, output: output)
    printer = state.globals.get("print")
  }

  /// - Throws: LuaError; FileError for a file that can't be read.
  package func runFile(_ path: String) throws { _ = try run(bytes: try POSIXFile.read(path), chunkName: path) }

  /// Runs a chunk and returns its results.
  @discardableResult
  package func run(_ source: String, chunkName: String) throws -> [LuaValue] {
    try run(bytes: Array(source.utf8), chunkName: chunkName)
  }

  private func run(bytes: [UInt8], chunkName: String) throws -> [LuaValue] {
    do {
      return try state.load(bytes: bytes, chunkName: chunkName).call()
    } catch let error as LuaError {
      throw error.withoutFrames(startingWith: "lua/swerve/")
    }
  }

  /// A line of a prompt: an expression, with or without `=` in front, returns its values; statements return none.
  package func evaluate(_ line: String) throws -> [LuaValue] {
    let text = line.rest(after: "=") ?? line
    let expression = try? state.load("return " + text, chunkName: "(prompt)")
    return try (expression ?? state.load(text, chunkName: "(prompt)")).call()
  }

  /// Prints values as Lua's `print` does.
  package func print(_ values: [LuaValue]) throws {
    if case .function(let function) = printer { _ = try function.call(values) }
  }
}

/// Modules for plain Lua. The library's folder is searched only when a script requires a library module.
struct LibraryOnDemand: ScriptSources {
  /// The folder of the script's own modules.
  let folder: String

  func read(module: String) throws -> ScriptFile? {
    try files(library: ModuleName.isLibrary(module) ? try LuaLibrary.folder() : "").read(module: module)
  }

  private func files(library: String) -> ScriptFiles {
    ScriptFiles.onDisk(Project(root: folder, script: "script.lua"), library: library)
  }

  func read(text path: String, atMost limit: Int) throws -> ScriptFile? {
    try ScriptFiles.onDisk(Project(root: folder, script: "script.lua"), library: "").read(text: path, atMost: limit)
  }
}
