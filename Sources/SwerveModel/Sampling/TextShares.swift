import Synchronization

/// Which thread generates which text: each has a share, and takes over texts of a thread that has more to do.
///
/// Texts that are equally long end all at once. Were they taken from one queue, the thread that ends first would take as many as
/// it has slots, and leave the rest to the other: 16 and 2 of the last 18.
struct TextShares {
  private final class Share: Sendable {
    let texts: [Int]
    private let taken = Atomic<Int>(0)
    /// Tokens that are to be processed at most, those of texts in flight included.
    let left: Atomic<Int>

    init(_ texts: [Int], tokens: Int) {
      self.texts = texts
      left = Atomic(tokens)
    }

    /// The text that is taken next, unless another thread is faster.
    var first: Int? {
      let place = taken.load(ordering: .relaxed)
      return place < texts.count ? texts[place] : nil
    }

    func take() -> Int? {
      if first == nil { return nil }
      let place = taken.wrappingAdd(1, ordering: .relaxed).oldValue
      return place < texts.count ? texts[place] : nil
    }
  }

  /// For each text: tokens to be processed at most.
  private let lengths: [Int]
  private let shares: [Share]

  init(lengths: [Int], threads: Int) {
    self.lengths = lengths
    shares = (0..<threads).map { thread in
      let texts = Array(stride(from: thread, to: lengths.count, by: threads))
      return Share(texts, tokens: texts.reduce(0) { $0 + lengths[$1] })
    }
  }

  /// The next text for a thread that has a slot free; nil where others have no more to do than it, or have begun all theirs.
  func next(for thread: Int) -> Int? {
    let own = shares[thread]
    if let text = own.take() { return text }
    guard let (busiest, first) = mostToDo,
      own.left.load(ordering: .relaxed) + lengths[first] < busiest.left.load(ordering: .relaxed),
      let text = busiest.take()
    else { return nil }
    busiest.left.subtract(lengths[text], ordering: .relaxed)
    own.left.add(lengths[text], ordering: .relaxed)
    return text
  }

  /// The share with the most tokens left of those that still have texts to be begun, and the next of them.
  private var mostToDo: (share: Share, first: Int)? {
    var found: (share: Share, first: Int)?
    var most = 0
    for share in shares {
      let left = share.left.load(ordering: .relaxed)
      if left > most, let first = share.first { (found, most) = ((share, first), left) }
    }
    return found
  }

  /// A thread has processed tokens of its texts.
  func didProcess(_ tokens: Int, by thread: Int) { shares[thread].left.subtract(tokens, ordering: .relaxed) }

  /// A text of a thread has ended after some tokens.
  func didEnd(_ text: Int, after tokens: Int, by thread: Int) { didProcess(lengths[text] - tokens, by: thread) }
}
