import Synchronization

/// Which thread generates which text. Each thread has a queue of its own, and a thread that has less to do steals texts
/// from the queue with the most work left (work stealing).
///
/// Texts of equal length all end at once. With one common queue, the thread that ends first would take as many new
/// texts as it has slots, and leave the rest to the other thread: of the last 18 texts, one would take 16 and the other
/// 2.
struct WorkStealingQueues {
  private final class Queue: Sendable {
    let texts: [Int]
    private let taken = Atomic<Int>(0)
    /// How many tokens are still to be processed at most, those of active texts included.
    let left: Atomic<Int>

    init(_ texts: [Int], tokens: Int) {
      self.texts = texts
      left = Atomic(tokens)
    }

    /// The text that is taken next, unless another thread is faster.
    var first: Int? {
      let index = taken.load(ordering: .relaxed)
      return index < texts.count ? texts[index] : nil
    }

    func take() -> Int? {
      if first == nil { return nil }
      let index = taken.wrappingAdd(1, ordering: .relaxed).oldValue
      return index < texts.count ? texts[index] : nil
    }
  }

  /// For each text, how many tokens are to be processed at most.
  private let lengths: [Int]
  private let queues: [Queue]

  init(lengths: [Int], threads: Int) {
    self.lengths = lengths
    queues = (0..<threads).map { thread in
      let texts = Array(stride(from: thread, to: lengths.count, by: threads))
      return Queue(texts, tokens: texts.reduce(0) { $0 + lengths[$1] })
    }
  }

  /// The next text for a thread that has a free slot. Nil where no other thread has more to do, or all texts have been
  /// begun.
  func next(for thread: Int) -> Int? {
    let own = queues[thread]
    if let text = own.take() { return text }
    guard let (busiest, first) = mostToDo,
      own.left.load(ordering: .relaxed) + lengths[first] < busiest.left.load(ordering: .relaxed),
      let text = busiest.take()
    else { return nil }
    busiest.left.subtract(lengths[text], ordering: .relaxed)
    own.left.add(lengths[text], ordering: .relaxed)
    return text
  }

  /// Of the queues that still have texts to begin: the queue with the most tokens left, and its next text.
  private var mostToDo: (queue: Queue, first: Int)? {
    var found: (queue: Queue, first: Int)?
    var most = 0
    for queue in queues {
      let left = queue.left.load(ordering: .relaxed)
      if left > most, let first = queue.first { (found, most) = ((queue, first), left) }
    }
    return found
  }

  /// A thread has processed tokens of its texts.
  func didProcess(_ tokens: Int, by thread: Int) { queues[thread].left.subtract(tokens, ordering: .relaxed) }

  /// A text of a thread has ended after some tokens.
  func didEnd(_ text: Int, after tokens: Int, by thread: Int) { didProcess(lengths[text] - tokens, by: thread) }
}
