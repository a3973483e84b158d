import Testing

@testable import SwerveModel

/// Tokens that are looked for before a text is cut into words.
@Suite struct AddedTokenTests {
  private func found(
    _ text: String, parsingSpecial: Bool = true, _ change: (inout AddedToken) -> Void = { _ in }
  ) -> [String] {
    let tokens = ["<m>", "<m>>", "the"].enumerated().map { id, content in
      var token = AddedToken(id: Int32(id), content: content)
      token.isSpecial = content != "the"
      change(&token)
      return token
    }
    let added = AddedTokens(tokens, texts: tokens.map { Array($0.content.utf8) })
    var parts: [String] = []
    Array(text.utf8).withUnsafeBufferPointer { bytes in
      added.parts(of: bytes, 0..<bytes.count, parsingSpecial: parsingSpecial) { part in
        switch part {
        case .token(let token): parts.append("#\(token)")
        case .text(let range): parts.append(String(decoding: bytes[range], as: UTF8.self))
        }
      }
    }
    return parts
  }

  @Test func takesTheLongestAtTheLeftmostPlace() {
    #expect(found("") == [] && found("a") == ["a"])
    #expect(found("a<m>b<m>><<m>") == ["a", "#0", "b", "#1", "<", "#0"])
    #expect(found("<m") == ["<m"])
  }

  @Test func leavesSpecialOnesAsTextIfAsked() {
    #expect(found("a<m>the", parsingSpecial: false) == ["a<m>", "#2"])
  }

  @Test func takesWhiteSpaceBesideATokenThatStrips() {
    #expect(found("a \u{3000}<m> \n <m>b") { $0.stripsLeft = true } == ["a", "#0", "#0", "b"])
    #expect(found("a <m> \n <m> b") { $0.stripsRight = true } == ["a ", "#0", "#0", "b"])
    #expect(found(" <m> ") { ($0.stripsLeft, $0.stripsRight) = (true, true) } == ["#0"])
  }

  @Test func findsNoSingleWordInsideAWord() {
    func alone(_ text: String) -> [String] { found(text) { $0.singleWord = true } }
    #expect(alone("the") == ["#2"] && alone("-the ") == ["-", "#2", " "])
    for text in ["bathe", "them", "_the", "the_", "éthe", "the1", "the\u{301}", "the\u{200d}"] {
      #expect(alone(text) == [text], "\(text)")
    }
  }
}
