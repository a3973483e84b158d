import SwerveFiles
import SwerveRecords
import SwerveText

/// Scripts for sbatch. Each can be read, and submitted by hand.
struct SlurmBatch {
  /// The sweep's folder; absolute, as all paths here. A relative one would begin at a folder that Slurm chooses.
  let folder: String
  let program: String
  /// Where the user was.
  let workingFolder: String
  /// SWERVE_LUA, if the user has set it.
  let library: String?

  /// The folder of everything that is made for Slurm.
  static func folder(of sweep: String) -> String { Path.join(sweep, "slurm") }

  func list(_ attempt: Int) -> String { Path.join(Self.folder(of: folder), "members-\(attempt)") }
  func script(_ attempt: Int) -> String { Path.join(Self.folder(of: folder), "batch-\(attempt).sh") }
  func reportScript(_ attempt: Int) -> String { Path.join(Self.folder(of: folder), "report-\(attempt).sh") }
  var logs: String { Path.join(Self.folder(of: folder), "log") }

  /// The script that runs one member. Its argument is the place before that of the array's first member, in the list.
  /// - Parameter arrays: those of the attempt; options of the first one stand in the script.
  func text(_ attempt: Int, _ arrays: [SlurmArray], _ options: SlurmOptions, threads: Int) -> String {
    let first = arrays[0]
    let lines =
      [
        Self.line("job-name", first.name), Self.line("array", first.indices(options.throttle)),
        Self.line("output", Self.literal(logs) + "/%A_%a.log"),
        Self.line("open-mode", "append"), Self.line("requeue", ""), Self.line("signal", "B:USR1@\(options.warning)"),
        Self.line("nodes", "1"), Self.line("ntasks", "1"), Self.line("cpus-per-task", "\(threads)"),
      ] + options.lines
    let byHand = arrays.map { array in
      "#   "
        + Shell.text(
          ["sbatch"] + (array.offset == 0 ? [] : ["--array=" + array.indices(options.throttle)])
            + [script(attempt)] + (array.offset == 0 ? [] : ["\(array.offset)"]))
    }
    return """
      #!/bin/bash
      \(lines.joined(separator: "\n"))

      # Made by `swerve sweep --slurm`. It runs members of a sweep: a task with number N runs the member that stands on
      # line N of the list (with an argument M: on line M + N). A member that is complete ends at once, and one that was
      # cut off goes on from its checkpoint, so this may be submitted again by hand:
      \(byHand.joined(separator: "\n"))
      set -eu
      folder=\(Shell.word(folder))
      \(environment)
      line=$(sed -n "$((SLURM_ARRAY_TASK_ID + ${1:-0}))p" "$folder/slurm/members-\(attempt)")
      # In place of the shell, so that signals reach it.
      exec \(Shell.word(program)) sweep "$folder" --member "${line%% *}"

      """
  }

  /// The script that makes a report of the sweep.
  func reportText(_ attempt: Int, name: String, _ options: SlurmOptions) -> String {
    let lines =
      [
        Self.line("job-name", name), Self.line("output", Self.literal(logs) + "/report-%j.log"),
        Self.line("nodes", "1"), Self.line("ntasks", "1"),
      ] + options.lines
    return """
      #!/bin/bash
      \(lines.joined(separator: "\n"))

      # Made by `swerve sweep --slurm --report`.
      set -eu
      folder=\(Shell.word(folder))
      \(environment)
      exec \(Shell.word(program)) report "$folder" -o "$folder/report.html" --quiet

      """
  }

  /// What the user had.
  private var environment: String {
    "cd -- \(Shell.word(workingFolder))" + (library.map { "\nexport SWERVE_LUA=\(Shell.word($0))" } ?? "")
  }

  /// One member a line: its number, and the name of its folder.
  static func list(_ members: [SweepMember]) -> String {
    members.map { "\($0.number) \($0.fileName)\n" }.joined()
  }

  /// The numbers of a list.
  /// - Throws: FileError.
  func numbers(_ attempt: Int) throws -> [Int] {
    let path = list(attempt)
    return try POSIXFile.text(path).pieces(at: "\n").enumerated().map { index, line in
      guard let number = line.pieces(at: " ").first.flatMap({ Int($0) }) else {
        throw FileError.badField(
          path: path, line: index + 1, field: "member", found: line.debugDescription, expected: "a number and a name")
      }
      return number
    }
  }

  /// An option as a line of a batch script.
  static func line(_ key: String, _ value: String) -> String {
    let isPlain = value.utf8.allSatisfy { byte in
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
        || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) || "/._-=,+:%@[]".utf8.contains(byte)
    }
    return "#SBATCH --\(key)" + (value.isEmpty ? "" : isPlain ? "=\(value)" : "=\"\(value)\"")
  }

  /// Whether a value can stand in such a line, in quotes.
  static func isWritable(_ value: String) -> Bool {
    value.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 && $0 != "\"" && $0 != "\\" }
  }

  /// A path in a pattern of Slurm, in which `%` begins a field.
  private static func literal(_ path: String) -> String {
    path.pieces(at: "%", omittingEmpty: false).joined(separator: "%%")
  }
}

/// A part of the members of an attempt, which one job array runs.
struct SlurmArray: Equatable, Sendable {
  @ExactString private(set) var name: String
  /// The array's first index, 1, is the member after so many others of the list.
  let offset: Int
  let count: Int
  /// nil: it is not known whether Slurm has it.
  @ExactString var job: String

  static let unknown = ""

  init(name: String, offset: Int, count: Int, job: String = Self.unknown) {
    self.name = name
    self.offset = offset
    self.count = count
    self.job = job
  }

  var isSubmitted: Bool { !job.isEmpty }

  /// For sbatch's --array.
  func indices(_ throttle: Int?) -> String { "1-\(count)" + (throttle.map { "%\($0)" } ?? "") }

  /// Cuts the members of an attempt into as few arrays as Slurm allows.
  /// - Parameter limit: MaxArraySize, which is above every index of an array.
  static func cut(_ members: Int, name: String, limit: Int) -> [SlurmArray] {
    let most = max(1, limit - 1)
    return stride(from: 0, to: members, by: most).enumerated().map { index, offset in
      SlurmArray(
        name: name + (index == 0 ? "" : ".\(index + 1)"), offset: offset, count: min(most, members - offset))
    }
  }
}
