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

  /// A file below the script's folder that is too large for a copy in the record; nil if there is none of that size.
  /// - Parameters:
  ///   - path: as above.
  ///   - least, limit: a smaller file counts as none, a longer one is refused.
  func read(large path: String, above least: Int, atMost limit: Int) throws -> LargeFile?
}

extension ScriptSources {
  package func read(large path: String, above least: Int, atMost limit: Int) throws -> LargeFile? { nil }
}

/// A file whose content a script reads piece by piece.
package struct LargeFile: @unchecked Sendable {
  /// As errors show it and as a record has it.
  package let path: String
  /// They never change while `owner` is there.
  package let bytes: UnsafeRawBufferPointer
  package let sha256: String
  /// Keeps the bytes.
  let owner: AnyObject & Sendable
  /// Called with parts that were read and are not needed soon.
  let release: @Sendable (Range<Int>) -> Void

  package init(
    path: String, bytes: UnsafeRawBufferPointer, sha256: String, owner: AnyObject & Sendable,
    release: @escaping @Sendable (Range<Int>) -> Void
  ) {
    self.path = path
    self.bytes = bytes
    self.sha256 = sha256
    self.owner = owner
    self.release = release
  }
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
