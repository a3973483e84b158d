import SwerveText

/// What is wrong with a file of weights.
package enum CheckpointError: UserFacingError, Equatable {
  /// - at: the line of the script that names the file, as "file:line"; nil: the command line names it.
  case missing(path: String, at: String? = nil)
  case truncated(path: String, detail: String)
  case damaged(path: String, detail: String)
  case foreign(path: String, found: String)
  case digest(path: String, what: String, recorded: String, found: String)

  package var message: String { parts.message }
  package var hint: String? { parts.hint }
  package var category: ErrorCategory { .data }

  private var parts: (message: String, hint: String?) {
    switch self {
    case .missing(let path, let line):
      (
        (line.map { "\($0): " } ?? "") + "there is no checkpoint \(path)",
        "check the path" + (line == nil ? ", " : " (seen from the script's folder), ")
          + "or run the script that writes it"
      )
    case .truncated(let path, let detail):
      ("the checkpoint \(path) is cut off: \(detail)", "copy it again, or run the script that writes it")
    case .damaged(let path, let detail):
      ("\(path) is not a readable checkpoint: \(detail)", "copy it again, or run the script that writes it")
    case .foreign(let path, let found):
      (
        "\(path) is not a checkpoint of swerve: its metadata field \"format\" is \(found), "
          + "expected \"\(CheckpointFile.format)\"",
        "give a checkpoint that a run wrote, a .gguf file, or the folder that has config.json beside the weights"
      )
    case .digest(let path, let what, let recorded, let found):
      (
        "the checkpoint \(path) has a bad checksum: its \(what) hash to \(found), the file says \(recorded)",
        "it was changed after it was written: copy it again, or run the script that writes it"
      )
    }
  }
}
