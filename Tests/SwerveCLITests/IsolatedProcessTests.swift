import Foundation
import Glibc
import SwerveTestSupport
import Testing

/// docs/lua-hazards.md, section 6: whatever the script does to its process, the program ends with an exit code and a message.
@Suite struct IsolatedProcessTests {
  /// Runs until its processor time is over: comparing long strings takes long, and few instructions.
  private static let endless =
    "print(1) local a, b = string.rep('x', 1 << 20), string.rep('x', 1 << 20) while true do local c = a == b end"

  /// Starts a script, does something to the process that runs it once it printed, and gives the end of the program.
  private func run(_ code: String = endless, _ arguments: [String] = [], act: (pid_t) throws -> Void) throws
    -> Program.Outcome
  {
    let folder = FileManager.default.temporaryDirectory
    let running = try Program.Running(["lua", "-e", code] + arguments, in: folder)
    let script = try child(of: running.process.processIdentifier)
    for _ in 0..<2000 where (try? running.outputSoFar().isEmpty) ?? true { usleep(5000) }
    try act(script)
    return try running.wait()
  }

  /// The process that runs the script, once it has set its limits.
  private func child(of parent: pid_t) throws -> pid_t {
    for _ in 0..<2000 {
      let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(parent)/task")) ?? []
      for thread in threads {
        let file = "/proc/\(parent)/task/\(thread)/children"
        let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
        guard let number = text.split(separator: " ").first.flatMap({ pid_t($0) }) else { continue }
        if limit("Max cpu time", of: number)?.first == "3" { return number }
      }
      usleep(5000)
    }
    throw POSIXError(.ETIMEDOUT)
  }

  /// Soft and hard limit of a process.
  private func limit(_ name: String, of process: pid_t) -> [Substring]? {
    let text = try? String(contentsOfFile: "/proc/\(process)/limits", encoding: .utf8)
    let line = text?.split(separator: "\n").first { $0.hasPrefix(name) }
    return line?.dropFirst(name.count).split(separator: " ")
  }

  @Test func hazard6_3_setsLimitsForTheScriptsProcess() throws {
    let outcome = try run { script in
      #expect(limit("Max cpu time", of: script)?.prefix(2) == ["3", "5"])
      #expect(limit("Max core file size", of: script)?.first == "0")
      #expect(limit("Max open files", of: script)?.first == "64")
      let space = try #require(limit("Max address space", of: script)?.first.flatMap { Int($0) })
      #expect(space > 1 << 30 && space < 1 << 36)
      kill(script, SIGXCPU)
    }
    #expect(outcome.status == 4)
    #expect(outcome.output == "1\n")
    #expect(
      outcome.errors == "swerve: error: (command line):1: the limit of 3 s of processor time was reached\n"
        + "  hint: --seconds N raises it; it holds for loading and for each call of a hook\n")
  }

  @Test(arguments: [SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE])
  func hazard6_3_reportsACrashOfTheVirtualMachineAsAnError(number: Int32) throws {
    let outcome = try run { kill($0, number) }
    #expect(outcome.status == 3)
    #expect(
      outcome.errors.hasPrefix("swerve: error: (command line): the script crashed the Lua virtual machine (signal "))
    #expect(!outcome.errors.contains("Swift") && !outcome.errors.contains("0x"))
  }

  @Test func hazard6_3_reportsAKilledScriptAsALimit() throws {
    let outcome = try run { kill($0, SIGKILL) }
    #expect(outcome.status == 4)
    #expect(outcome.errors.hasPrefix("swerve: error: (command line): the script was killed from outside"))
    let machine = try run(Self.endless, ["--json"]) { kill($0, SIGKILL) }
    #expect(machine.output.contains("\"exit_code\":4"))
  }

  @Test func hazard6_3_endsUncountedWorkAtTheProcessorTime() throws {
    // Keys that collide: each access walks all of them, in one instruction.
    let code = "print('before') local t = {} for i = 1, 1e9 do t[i * 65535] = i local x = t[7 * 65535] end"
    let outcome = try Program.run(["lua", "-e", code + " print('FAIL')"])
    #expect(outcome.status == 4)
    #expect(outcome.output == "before\n")
    #expect(outcome.errors.hasPrefix("swerve: error: "))
  }

  @Test func hazard6_3_endsBothProcessesAtAnInterruption() throws {
    for number in [SIGINT, SIGTERM] {
      let running = try Program.Running(["lua", "-e", Self.endless], in: FileManager.default.temporaryDirectory)
      let script = try child(of: running.process.processIdentifier)
      kill(running.process.processIdentifier, number)
      #expect(try running.wait().status == 130)
      #expect(kill(script, 0) == -1)
    }
  }

  @Test func endsQuietlyWhenTheReaderGoesAway() throws {
    let command = "\"\(Program.url.path)\" lua -e 'for i = 1, 100000 do print(i) end' | head -n 1"
    let shell = URL(fileURLWithPath: "/bin/sh")
    let outcome = try Program.Running(["-c", command], of: shell, in: FileManager.default.temporaryDirectory).wait()
    #expect(outcome.output == "1\n")
    #expect(outcome.errors.isEmpty)
  }

  @Test func keepsTheOrderOfOutputAndErrors() throws {
    let folder = try TemporaryFolder()
    try "print(1) print(2) print(3) error('four')".write(
      to: folder.file("a.lua"), atomically: false, encoding: .utf8)
    let shell = URL(fileURLWithPath: "/bin/sh")
    let command = "\"\(Program.url.path)\" lua a.lua 2>&1"
    let outcome = try Program.Running(["-c", command], of: shell, in: folder.url).wait()
    #expect(outcome.output == "1\n2\n3\nswerve: error: a.lua:1: four\n")
  }
}
