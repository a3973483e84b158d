import SwerveText

/// A Lua file or text: its content, and where it was loaded from.
package struct ScriptFile: Equatable, Sendable {
  /// The path as errors show it and as a record keeps it, such as "examples/quick.lua".
  package let path: String
  package let text: String

  package init(path: String, text: String) {
    self.path = path
    self.text = text
  }
}

/// Gives `require` its modules. SwerveScript reads no files itself.
package protocol ScriptSources {
  /// The source of a module, nil if there is none.
  ///
  /// "swerve" is the library's lua/swerve/init.lua, "swerve.x" its lua/swerve/x.lua; every other "a.b" is a/b.lua in
  /// the folder of the script.
  /// - Parameter module: one or more parts of letters, digits and "_", separated by single dots.
  func read(module: String) throws -> ScriptFile?

  /// A text file below the script's folder, nil if there is none.
  /// - Parameters:
  ///   - path: relative to the script's folder; it was checked that it does not leave this folder.
  ///   - limit: the most bytes; a longer file is refused.
  func read(text path: String, atMost limit: Int) throws -> ScriptFile?
}

/// Names of modules.
package enum ModuleName {
  /// Whether `name` is a valid module name, so that it cannot contain a path.
  static func isValid(_ name: String) -> Bool {
    name.pieces(at: ".", omittingEmpty: false).allSatisfy { part in
      !part.isEmpty && part.unicodeScalars.allSatisfy(isWordScalar)
    }
  }

  /// Whether the module belongs to the library, not to the researcher.
  package static func isLibrary(_ name: String) -> Bool { name == "swerve" || name.beginsExactly(with: "swerve.") }
}
