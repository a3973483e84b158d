import LuaRuntime
import SwerveFiles

extension RecordedRun {
  /// The limits of the run's script.
  /// - Throws: FileError for a field that can't be used.
  package func limits() throws -> LuaLimits {
    func limit(_ name: String) throws -> Int {
      let found = manifest.inputs.limits[name]
      guard let value = found?.integer, value >= 1 else {
        throw FileError.badField(
          path: folder.manifest, line: nil, field: "limits.\(name)",
          found: found.map(JSONLine.shown) ?? "nothing", expected: "a whole number from 1")
      }
      return value
    }
    // If the record has no depth, the default held, as in earlier versions.
    let depth = manifest.inputs.limits["depth"] == nil ? LuaLimits().depth : try limit("depth")
    return LuaLimits(
      instructions: try limit("instructions"), memoryBytes: try limit("memory_bytes"),
      outputBytes: try limit("output_bytes"), sourceBytes: try limit("source_bytes"),
      stringBytes: try limit("string_bytes"), depth: depth)
  }
}
