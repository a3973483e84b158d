import SwerveFiles
import SwerveText

/// Something that has changed since a golden was recorded.
package enum GoldenChange: Equatable, Sendable {
  /// An option's value in the golden, and now; nil if there is no such option.
  case option(String, pinned: JSONValue?, now: JSONValue?)
  /// A text, a checkpoint, or the code of a Lua file; a digest is nil if the script did not read the file then, or does
  /// not read it now.
  case file(String, then: String?, now: String?)
  /// Comments or spaces of a Lua file; or its code, if the golden has only a digest of the whole text.
  case text(String, then: String, now: String)
  /// A file of swerve's own Lua library. It changes with swerve, so only the bits that it gives matter.
  case library(String)

  /// Whether the golden no longer describes the script, even if every number is the same.
  package var isDecisive: Bool {
    switch self {
    case .option, .file: true
    case .text, .library: false
    }
  }

  /// Whether it need not be reported if the numbers are the same.
  package var isSilent: Bool { if case .library = self { true } else { false } }

  /// The Lua file whose comments or spaces were edited.
  package var editedText: String? { if case .text(let path, _, _) = self { path } else { nil } }

  package var text: String {
    switch self {
    case .option(let name, let pinned?, let now?):
      Self.pinned(name, pinned, now)
    case .option(let name, let pinned?, nil):
      "the golden pins \(name) = \(pinned.compact()), the script now has no such option"
    case .option(let name, nil, let now):
      "the golden knows no option \(name), the script now says \(now?.compact() ?? "nothing")"
    case .file(let path, let then?, let now?):
      "\(path) was edited since the golden was recorded (\(Self.digests(then, now)))"
    case .file(let path, _, nil): "the golden was recorded with \(path), which the script now does not read"
    case .file(let path, nil, _): "the script now reads \(path), which the golden does not list"
    case .text(let path, let then, let now):
      "\(path) was edited since its golden was recorded (\(Self.digests(then, now)))"
    case .library(let path): "\(path), of swerve's own library, was edited since the golden was recorded"
    }
  }

  private static func pinned(_ name: String, _ pinned: JSONValue, _ now: JSONValue) -> String {
    let (then, now) = toldApart(pinned.compact(), now.compact())
    return "the golden pins \(name) = \(then), the script now says \(now)"
  }

  private static func digests(_ then: String, _ now: String) -> String {
    "SHA-256 \(then.leading(8)) then, \(now.leading(8)) now"
  }
}

extension GoldenChange {
  /// - Parameters:
  ///   - pinned: the header of the golden.
  ///   - now: the header of a golden that would be recorded now.
  package static func all(_ pinned: GoldenHeader, _ now: GoldenHeader) -> [GoldenChange] {
    options(pinned.options.members ?? [], now.options.members ?? []) + script(pinned, now) + files(pinned, now)
  }

  private static func options(_ pinned: [JSONMember], _ now: [JSONMember]) -> [GoldenChange] {
    func value(_ name: String, in members: [JSONMember]) -> JSONValue? {
      members.first { $0.key === name }?.value
    }
    let kept = pinned.compactMap { option -> GoldenChange? in
      let new = value(option.key, in: now)
      if let new, new.compact() === option.value.compact() { return nil }
      return .option(option.key, pinned: option.value, now: new)
    }
    return kept
      + now.filter { value($0.key, in: pinned) == nil }.map { .option($0.key, pinned: nil, now: $0.value) }
  }

  private static func script(_ pinned: GoldenHeader, _ now: GoldenHeader) -> [GoldenChange] {
    let (then, new) = (pinned.scriptSHA256, now.scriptSHA256)
    if then === new { return [] }
    guard let code = pinned.origin?.code, code !== now.origin?.code else {
      return [.text(pinned.script, then: then, now: new)]
    }
    return [.file(pinned.script, then: then, now: new)]
  }

  private static func files(_ pinned: GoldenHeader, _ now: GoldenHeader) -> [GoldenChange] {
    guard let pinned = pinned.origin?.files, let now = now.origin?.files else { return [] }
    func file(_ path: String, in files: [GoldenOrigin.File]) -> GoldenOrigin.File? {
      files.first { $0.path === path }
    }
    let kept = pinned.compactMap { change($0, file($0.path, in: now)) }
    return kept + now.filter { file($0.path, in: pinned) == nil }.compactMap { change(nil, $0) }
  }

  private static func change(_ then: GoldenOrigin.File?, _ now: GoldenOrigin.File?) -> GoldenChange? {
    guard let path = then?.path ?? now?.path, then?.sha256 !== now?.sha256 else { return nil }
    if GoldenOrigin.isLibrary(path) { return .library(path) }
    if let then, let now, let content = then.content, content === now.content {
      // Another tool may have rewritten a checkpoint's header.
      return path.endsExactly(with: ".lua") ? .text(path, then: then.sha256, now: now.sha256) : nil
    }
    return .file(path, then: then?.sha256, now: now?.sha256)
  }
}
