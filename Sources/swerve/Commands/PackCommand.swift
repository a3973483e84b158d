import ArgumentParser
import SwerveFiles
import SwerveRecords
import SwerveRuns
import SwerveText

struct PackCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pack",
    abstract: "Make one file of a run, with the checkpoints that its script read.",
    discussion: """
      The file is a tar archive; the same run gives the same bytes. `replay`, `show` and `diff` take it in place of a run folder, \
      on any machine. Models of other tools, such as GGUF files, are large and stay out of it; --with-models takes them along.

      EXAMPLE
        swerve pack runs/quick-1-0a1b2c3d -o quick.tar
        swerve pack --verify quick.tar
        swerve replay quick.tar
      """)

  @Argument(
    help: ArgumentHelp("A run folder or its name in runs/; with --verify a packed run.", valueName: "run"),
    completion: .file())
  var name: String
  @Option(
    name: [.customShort("o"), .customLong("output")], help: ArgumentHelp("The file to make.", valueName: "file"),
    completion: .file())
  var file: String?
  @Flag(help: "Compare every byte of a packed run with its digests, and every file of the run in it.") var verify =
    false
  @Flag(help: "Also pack the files of models of other tools.") var withModels = false
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if verify && withModels { throw ValidationError("--with-models is for making a pack: leave --verify away") }
    if verify == (file != nil) {
      throw ValidationError(
        verify ? "--verify writes nothing; leave -o away" : "-o FILE is missing: the file to make, such as run.tar")
    }
  }

  func run() throws {
    if let file { try pack(to: file) } else { try verifyPack() }
  }

  private func pack(to file: String) throws {
    let outcome = try RunSource.withFolder(name) { try PackWriter.pack($0, to: file, withModels: withModels) }
    if output.json {
      let members: [JSONMember] = [
        JSONMember("file", .string(file)), JSONMember("files", .integer(outcome.files)),
        JSONMember("bytes", .integer(outcome.bytes)),
      ]
      Console.write(JSONValue.object(members).compact() + "\n")
    } else {
      Console.write("\(file): \(outcome.files) files, \(outcome.bytes) bytes\n")
      if !output.quiet { Console.note("next: \(Shell.text(["swerve", "replay", Shell.path(file)]))") }
    }
  }

  private func verifyPack() throws {
    Interruption.cleanUpFirst()
    let files = try PackReader.verify(name)
    try PackReader.withFolder(name) { _ = try RunCheck.run($0) }
    if output.json {
      let members: [JSONMember] = [
        JSONMember("file", .string(name)), JSONMember("intact", true), JSONMember("files", .integer(files)),
      ]
      Console.write(JSONValue.object(members).compact() + "\n")
    } else {
      Console.write("\(name): \(files) files, intact\n")
    }
  }
}
