import ArgumentParser
import SwerveRuns

struct LuaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lua",
    abstract: "Plain Lua in the sandbox, with the whole API; without arguments, a prompt.",
    discussion: """
      No files, no clock, no environment; pairs, sort, numbers as text and math.random are the same on every machine. \
      A script may use 100 million instructions, 64 MiB, 1 MiB of output and 3 s of processor time. \
      It runs in a process of its own: whatever it does to that one, this one ends with an exit code and a message.

      EXAMPLE
        swerve lua -e 'print(1e15, 0.1 + 0.2)'
        swerve lua scratch.lua
      """)

  @Argument(help: "A Lua file to run.") var file: String?
  @Option(name: .customShort("e"), help: ArgumentHelp("Lua code to run, before the file.", valueName: "code"))
  var code: [String] = []
  @Option(help: ArgumentHelp("The seed of math.random.", valueName: "n")) var seed: UInt64 = 1
  @Flag(name: .customLong("inside-wall"), help: .hidden) var isInsideWall = false
  @OptionGroup var output: OutputOptions

  private static let insideWall = "--inside-wall"

  func run() throws {
    Interruption.exitAtOnce()
    guard file != nil || !code.isEmpty else { return Prompt(seed: seed, quiet: output.quiet).run() }
    guard isInsideWall else {
      let script = file ?? "(command line)"
      throw ExitCode(try OuterWall.run(command: "lua", flag: Self.insideWall, script: script))
    }
    OuterWall.enter()
    let session = try LuaSession(script: file, seed: seed, output: Console.write)
    for text in code { _ = try session.run(text, chunkName: "(command line)") }
    if let file { try session.runFile(file) }
  }
}
