import Foundation

/// The command line.
struct FuzzOptions {
  var minutes = 10.0
  var count = Int.max
  var seed: UInt64 = 1
  /// Prints the script of the seed instead of running any.
  var isListing = false
  /// Runs each script twice and compares.
  var isTwice = false
  /// Where hostile scripts lie, and where the script that runs now is kept.
  var corpus: String?
  var current: String?
  /// One script to run instead of generated ones.
  var script: String?

  static let usage = """
    lua-fuzzer [--minutes M] [--count N] [--seed S] [--twice] [--corpus FOLDER] [--current FILE]
    lua-fuzzer --seed S --list | --seed S --script FILE
      Runs the scripts of the seeds S, S + 1, ... in the sandbox. --list prints the script of seed S; --script runs a
      file with the limits of that seed.
    """

  init(_ arguments: [String]) {
    var rest = arguments.dropFirst()
    func value() -> String {
      guard let text = rest.popFirst() else { Self.fail("a value is missing") }
      return text
    }
    func number<T: LosslessStringConvertible>() -> T {
      let text = value()
      guard let number = T(text) else { Self.fail("'\(text)' is not a number") }
      return number
    }
    while let name = rest.popFirst() {
      switch name {
      case "--minutes": minutes = number()
      case "--count": count = number()
      case "--seed": seed = number()
      case "--corpus": corpus = value()
      case "--current": current = value()
      case "--script": script = value()
      case "--twice": isTwice = true
      case "--list": isListing = true
      default: Self.fail("unknown argument \(name)")
      }
    }
  }

  private static func fail(_ reason: String) -> Never {
    FileHandle.standardError.write(Data("lua-fuzzer: \(reason)\n\(usage)\n".utf8))
    exit(2)
  }

  /// The texts of the corpus in the order of their names.
  func corpusTexts() -> [String] {
    guard let corpus else { return [] }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: corpus)) ?? []
    return names.filter { $0.hasSuffix(".lua") }.sorted().compactMap {
      try? String(contentsOfFile: corpus + "/" + $0, encoding: .utf8)
    }
  }
}
