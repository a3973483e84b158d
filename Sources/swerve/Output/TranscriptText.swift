import SwerveFiles
import SwerveRuns
import SwerveText

/// The result of a transcript, for people and for machines.
enum TranscriptText {
  static func report(_ transcript: Transcript) -> TestReport {
    let (head, rest, exitCode) = parts(transcript)
    let failure = exitCode.map { TestReport.Failure(exitCode: $0, text: rest.isEmpty ? head + "\n" : rest) }
    return TestReport(
      suite: .transcript, file: transcript.path, cases: [TestReport.Case(name: transcript.name, failure: failure)],
      text: "\(head)\n\(rest)", json: [json(transcript)])
  }

  private static func parts(_ transcript: Transcript) -> (String, String, Int32?) {
    let blessing = Shell.text(["swerve", "test", Shell.path(transcript.path), "--bless"])
    let accept = "  to accept it: \(blessing) --reason \"...\"\n"
    let failed = "FAILED \(transcript.name)"
    switch transcript.verdict {
    case .same: return ("ok \(transcript.name) (transcript)", "", nil)
    case .blessed: return ("BLESSED \(transcript.name): recorded \(transcript.path)", "", 1)
    case .missing:
      let text = "  there is no \(transcript.path); the command answers:\n" + transcript.found.indented(by: 4) + accept
      return (failed, text, 1)
    case .different(let line, let recorded, let found, _):
      let (then, now) = toldApart(recorded, found)
      let text =
        "  \(transcript.path):\(line) says: \(then)\n  the command answers: \(now)\n"
        + "  in full:\n" + transcript.found.indented(by: 4) + accept
      return (failed, text, 1)
    case .failed(let error):
      let error = ErrorText(error)
      return (failed, error.lines(), error.exitCode)
    }
  }

  private static func json(_ transcript: Transcript) -> JSONValue {
    var members: [JSONMember] = [
      JSONMember("name", .string(transcript.name)), JSONMember("transcript", .string(transcript.path)),
    ]
    switch transcript.verdict {
    case .same: members.append(JSONMember("verdict", "same"))
    case .blessed: members.append(JSONMember("verdict", "blessed"))
    case .missing(let new):
      members += [
        JSONMember("verdict", "missing"), JSONMember("found", .string(transcript.found)),
        JSONMember("new", new.map { .string($0) } ?? .null),
      ]
    case .different(let line, let recorded, let found, let new):
      members += [
        JSONMember("verdict", "different"), JSONMember("line", .integer(line)),
        JSONMember("recorded", .string(recorded)),
        JSONMember("found", .string(found)), JSONMember("in_full", .string(transcript.found)),
        JSONMember("new", new.map { .string($0) } ?? .null),
      ]
    case .failed(let error):
      members += [JSONMember("verdict", "failed"), JSONMember("error", .string(ErrorText(error).message))]
    }
    return .object(members)
  }
}
