import SwerveModel

/// A text and what it is about.
package struct Document: Sendable {
  package let text: String
  /// Its labels, each with all labels above it, in rising order.
  package let labels: [Int]

  package init(text: String, labels: [Int]) {
    self.text = text
    self.labels = labels
  }
}

/// Documents by name, such as "validation".
package struct DocumentSet: Sendable {
  package let name: String
  package let documents: [Document]

  package init(name: String, documents: [Document]) {
    self.name = name
    self.documents = documents
  }

  /// The name of the set that is learned from.
  package static let training = "training"
}

/// Documents as a model reads them.
struct EncodedDocuments {
  let texts: [[Int32]]
  /// Texts that were longer than the limit and are cut at their end.
  let cut: Int

  /// - Throws: ModelError that names the document that the tokenizer has no tokens for.
  init(_ set: DocumentSet, tokenizer: any Tokenizer, limit: Int) throws {
    var texts: [[Int32]] = []
    texts.reserveCapacity(set.documents.count)
    var cut = 0
    for (index, document) in set.documents.enumerated() {
      do {
        let (tokens, isCut) = try tokenizer.encodeWhole(document.text, limit: limit)
        texts.append(tokens)
        if isCut { cut += 1 }
      } catch let error as TokenizerError {
        throw ModelError("document \(index + 1) of \(set.name): \(error.message)")
      }
      if texts[index].isEmpty { throw ModelError("document \(index + 1) of \(set.name) has no tokens") }
    }
    self.texts = texts
    self.cut = cut
  }
}
