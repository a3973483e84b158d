import ArgumentParser
import SwerveRuns

struct LuaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lua",
    abstract: "Plain Lua in the sandbox, with the whole API; without arguments, a prompt.",
    discussion: """
      No files, no clock, no environment; pairs, sort, numbers as text and math.random are the same on every machine. \
      `print` writes UTF-8, and U+FFFD for what is none. \
      Without a file, a prompt: lines are run as they come, in a state that lasts; a limit ends the state, not the prompt. \
      Where the machine has GNU readline or libedit, lines can be edited and called back.

      A script may use 100 million instructions, 64 MiB, 1 MiB of output (see --limit) and 3 s of processor time (see \
      --seconds). It runs in a process of its own: whatever it does to that one, this one ends with an exit code and a message.

      EXAMPLE
        swerve lua -e 'print(1e15, 0.1 + 0.2)'
        swerve lua scratch.lua
      """)

  @Argument(help: "A Lua file to run.", completion: .luaFile) var file: String?
  @Option(name: .customShort("e"), help: ArgumentHelp("Lua code to run, before the file.", valueName: "code"))
  var code: [String] = []
  @Option(
    parsing: .unconditional, help: ArgumentHelp("The seed of math.random.", valueName: "n"),
    transform: ScriptOptions.seed)
  var seed: UInt64 = 1
  @OptionGroup var limits: LimitOptions
  @Option(
    help: ArgumentHelp("Processor time that a script may take: what no count of instructions sees.", valueName: "n"))
  var seconds = 3
  @Flag(name: .customLong("isolated"), help: .hidden) var isIsolated = false
  @OptionGroup var output: OutputOptions

  private static let isolatedFlag = "--isolated"

  func validate() throws {
    try TimeOptions.check(seconds)
  }

  func run() throws {
    Interruption.exitAtOnce()
    guard file != nil || !code.isEmpty else { return try Prompt(seed: seed, quiet: output.quiet).run() }
    var limits = try limits.parsed()
    limits.seconds = seconds
    let process = IsolatedProcess(processorSeconds: seconds, memoryBytes: limits.memoryBytes)
    guard isIsolated else {
      let script = file ?? "(command line)"
      throw ExitCode(try process.run(command: "lua", flag: Self.isolatedFlag, script: script))
    }
    process.enter()
    let session = try LuaSession(script: file, limits: limits, seed: seed, output: Console.write)
    for text in code { _ = try session.run(text, chunkName: "(command line)") }
    if let file { try session.runFile(file) }
  }
}
