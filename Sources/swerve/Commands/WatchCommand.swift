import ArgumentParser
import SwerveFiles
import SwerveReports
import SwerveRuns
import SwerveText

struct WatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract:
      "Show runs in a browser while they train: curves, samples with shaded tokens, what is running, time left.",
    discussion: """
      The page is served to this machine alone and made from the run folders alone. Nothing is written, and links that lead \
      out of the folder are not followed. Runs that begin later appear by themselves. Ctrl-C ends it; runs go on.

      EXAMPLE
        swerve watch                              the runs of runs/
        swerve watch runs/sweep-quick-0a1b2c3d    the members of a sweep
        swerve watch runs/quick-1-0a1b2c3d --port 8000
        ssh -L 7420:localhost:7420 HOST swerve watch    runs of another machine
      """)

  /// The port where a user finds the page again after a restart.
  private static let usualPort = 7420

  @Argument(help: "A run, its name in runs/, or a folder of runs. (default: runs)") var path: String?
  @Option(help: ArgumentHelp("The port. (default: \(usualPort), or any free one)", valueName: "n")) var port: Int?
  @Option(
    help: ArgumentHelp(
      "The address to listen on. Another than 127.0.0.1 shows the runs to whoever reaches this machine.",
      valueName: "address"))
  var host = "127.0.0.1"
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if let port, !(0...65535).contains(port) { throw ValidationError("--port must be in 0...65535, got \(port)") }
  }

  func run() throws {
    Interruption.exitAtOnce()
    let folder = try folder()
    let service = try WatchService(folder, host: host)
    let server = try listen(service)
    if !server.isLoopback && !output.quiet {
      Console.note("note: \(host) is not this machine alone: whoever reaches it can read these runs")
    }
    if output.json {
      Console.write(JSONValue.object([JSONMember("url", .string(server.url))]).compact() + "\n")
    } else {
      Console.write(server.url + "\n")
    }
    try server.wait()
  }

  private func folder() throws -> String {
    let folder = try path.map { try RunSource.find($0) } ?? "runs"
    switch POSIXFile.kind(folder) {
    case .folder: return folder
    case nil:
      throw UsageError(
        "there is no folder \(folder)",
        hint: path == nil
          ? "`swerve run SCRIPT` makes it; or name another folder" : "`swerve list` shows what runs there are")
    case .file, .other:
      throw UsageError("\(folder) is not a folder", hint: "a packed run is unpacked with `tar -xf`")
    }
  }

  /// Where no port was asked for and the usual one is taken, any free one is as good.
  private func listen(_ service: WatchService) throws -> HTTPServer {
    do {
      return try HTTPServer(host: host, port: port ?? Self.usualPort, answer: service.answer)
    } catch is HTTPServer.PortTaken where port == nil {
      return try HTTPServer(host: host, port: 0, answer: service.answer)
    }
  }
}
