import SwerveTestSupport
import Testing

@testable import SwerveFiles

/// Commands for people to copy.
@Suite struct ShellTests {
  @Test func readsEscapesOfLineEndsAndBackslashes() {
    let cases = [
      (#"a\nb"#, "a\nb"), (#"a\\nb"#, #"a\nb"#), (#"\\\n"#, "\\\n"), (#"\t\"#, #"\t\"#), ("", ""),
    ]
    for (text, expected) in cases { #expect(Shell.unescaped(text) == expected) }
  }

  @Test func keepsPlainWordsAsTheyAre() {
    for word in ["swerve", "runs/quick-1-0a1b2c3d", "alpha=10", "--set", "1e-05", "a,b:c@d%e+f", "caf\u{E9}"] {
      #expect(Shell.word(word) == word)
    }
  }

  @Test func quotesEverythingElse() {
    #expect(Shell.text(["swerve", "replay", "my runs/a"]) == "swerve replay 'my runs/a'")
    #expect(Shell.word("it's") == "'it'\\''s'" && Shell.word("") == "''")
    // zsh looks for a program of what stands behind a first '='.
    #expect(Shell.word("=a") == "'=a'" && Shell.word("~") == "'~'")
    #expect(Shell.word("a\u{1B}[31mb'c\\") == "$'a\\033[31mb\\'c\\\\'")
    // Controls of two bytes, and what turns the direction of writing.
    #expect(Shell.word("a\u{85}b") == "$'a\\302\\205b'" && Shell.word("\u{9B}31m") == "$'\\302\\23331m'")
    #expect(Shell.word("\u{202E}txt") == "$'\\342\\200\\256txt'")
    #expect(Shell.path("-x") == "./-x" && Shell.path("a-x") == "a-x")
  }

  @Test func writesWordsThatAShellReadsBack() throws {
    let temporary = try TemporaryFolder()
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SwerveTestSupport.TestRandom(seed)
    let letters = "ab Z09'\"\\$`!*?[]{}()<>|&;#~=%^,.:@+-_/\n\t\u{1}\u{1B}\u{7F}\u{85}\u{E9}\u{65E5}"
    let alphabet = Array(letters.unicodeScalars)
    let words = (0..<300).map { _ in
      var word = ""
      for _ in 0..<random.within(0...8) {
        word.unicodeScalars.append(alphabet[random.within(0...alphabet.count - 1)])
      }
      return word
    }
    let log = temporary.file("words")
    let command = Shell.text(["printf", "%s\\0"] + words)
    let process = try ChildProcess(["/bin/bash", "-c", command], environment: [], log: log)
    #expect(process.wait() == .exit(0))
    let read = try POSIXFile.read(log).split(separator: 0, omittingEmptySubsequences: false).dropLast()
    #expect(read.count == words.count)
    for (found, word) in zip(read, words) {
      #expect(Array(found) == Array(word.utf8), "seed \(seed): \(word.debugDescription)")
    }
  }
}
