import SwerveRuns

/// How a transcript fared, for people and for machines.
enum TranscriptText {
  static func text(_ transcript: Transcript) -> String {
    let accept = "  to accept it: swerve test \(transcript.path) --bless --reason \"...\"\n"
    switch transcript.verdict {
    case .same: return "ok \(transcript.name) (transcript)\n"
    case .blessed: return "BLESSED \(transcript.name): recorded \(transcript.path)\n"
    case .missing:
      return "FAILED \(transcript.name)\n  there is no \(transcript.path); the command answers:\n"
        + indented(transcript.found) + accept
    case .different(let line, let recorded, let found):
      return
        "FAILED \(transcript.name)\n  \(transcript.path):\(line) says: \(recorded)\n  the command answers: \(found)\n"
        + "  in full:\n" + indented(transcript.found) + accept
    case .failed(let error):
      let error = ErrorText(error)
      return "FAILED \(transcript.name)\n  \(error.message)\n" + (error.hint.map { "  hint: \($0)\n" } ?? "")
    }
  }

  static func json(_ transcript: Transcript) -> JSONValue {
    var members: [JSONMember] = [
      JSONMember("name", .string(transcript.name)), JSONMember("transcript", .string(transcript.path)),
    ]
    switch transcript.verdict {
    case .same: members.append(JSONMember("verdict", "same"))
    case .blessed: members.append(JSONMember("verdict", "blessed"))
    case .missing: members += [JSONMember("verdict", "missing"), JSONMember("found", .string(transcript.found))]
    case .different(let line, let recorded, let found):
      members += [
        JSONMember("verdict", "different"), JSONMember("line", .integer(line)),
        JSONMember("recorded", .string(recorded)),
        JSONMember("found", .string(found)), JSONMember("in_full", .string(transcript.found)),
      ]
    case .failed(let error):
      members += [JSONMember("verdict", "failed"), JSONMember("error", .string(ErrorText(error).message))]
    }
    return .object(members)
  }

  private static func indented(_ text: String) -> String {
    text.split(separator: "\n").map { "    \($0)\n" }.joined()
  }
}
