/// The fixed tree in which gradient lanes are added, and which lanes each rank owns.
///
/// Lane i + step is added to lane i for step = P/2, ..., 2, 1, where P is the power of two that is not less than the number of
/// lanes; lanes that do not exist are left out. As a picture, lanes stand in the order of reversed bits, and neighbours are
/// added, then pairs of pairs, and so on:
///
///     0   4   2   6   1   5   3   7
///     +---+   +---+   +---+   +---+
///       +-------+       +-------+
///           +---------------+
///
/// The lanes are dealt to ranks in that order, so that a rank can add most of its own before anything is exchanged.
struct LaneTree: Equatable {
  let lanes: Int
  let ranks: Int
  /// The rank of each lane.
  let owners: [Int]
  /// The largest subtrees whose lanes all belong to one rank: each in its first lane when the rank has added it up.
  let blocks: [Block]

  struct Block: Equatable {
    let owner: Int
    /// The additions are of lanes lane, lane + step, lane + 2 step, ...; a step of P is the lane alone.
    let lane: Int
    let step: Int
  }

  /// - Parameter lanes: at least 1.
  init(lanes: Int, ranks: Int) {
    self.lanes = lanes
    self.ranks = ranks
    let width = Self.width(lanes)
    var owners = [Int](repeating: 0, count: lanes)
    let order = Self.order(width).filter { $0 < lanes }
    for (place, lane) in order.enumerated() { owners[lane] = place * ranks / lanes }
    self.owners = owners
    var blocks: [Block] = []
    func find(_ lane: Int, _ step: Int) {
      if lane >= lanes { return }
      let below = Set(stride(from: lane, to: lanes, by: step).map { owners[$0] })
      if below.count == 1 {
        blocks.append(Block(owner: owners[lane], lane: lane, step: step))
      } else {
        find(lane, 2 * step)
        find(lane + step, 2 * step)
      }
    }
    find(0, 1)
    self.blocks = blocks
  }

  /// The lanes of a rank, in increasing order.
  func lanes(of rank: Int) -> [Int] { owners.indices.filter { owners[$0] == rank } }

  /// The power of two that is not less than a number of lanes.
  private static func width(_ lanes: Int) -> Int {
    var width = 1
    while width < lanes { width *= 2 }
    return width
  }

  /// 0..<width in the order of reversed bits.
  private static func order(_ width: Int) -> [Int] {
    var order = [0]
    while order.count < width { order = order.flatMap { [$0, $0 + order.count] } }
    return order
  }

  /// The additions in a subtree, in order: lane `from` is added to lane `into`.
  /// - Parameter lane, step: the subtree has lanes lane, lane + step, lane + 2 step, ... The whole tree is (0, 1).
  func additions(lane: Int = 0, step: Int = 1) -> [Addition] {
    var additions: [Addition] = []
    var distance = Self.width(lanes) / 2
    while distance >= step {
      for first in stride(from: lane, to: distance, by: step) where first + distance < lanes {
        additions.append(Addition(into: first, from: first + distance))
      }
      distance /= 2
    }
    return additions
  }

  struct Addition: Equatable {
    let into: Int
    let from: Int
  }

  /// The additions that remain when all blocks are added up, each in its first lane.
  var topAdditions: [Addition] {
    let roots = blocks.map(\.lane)
    return additions().filter { roots.contains($0.into) && roots.contains($0.from) }
  }
}
