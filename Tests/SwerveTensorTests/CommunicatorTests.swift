import SwerveTensor
import SwerveTestSupport
import Testing

/// What is made of moving bytes, on threads that act as ranks.
@Suite struct CommunicatorTests {
  @Test(arguments: [1, 2, 3, 5, 8]) func unitesWhatEachRankWrote(ranks: Int) {
    for count in [1, 7, 1000, 70_001] {
      let expected = (0..<count).map { Float($0) * 1.25 - 3 }
      let found = ThreadCommunicator.run(ranks) { communicator in
        var values = [Float](repeating: 0, count: count)
        for index in values.indices where (index * 7 + index / 3) % ranks == communicator.rank {
          values[index] = expected[index]
        }
        communicator.union(&values)
        return values
      }
      for values in found { #expect(bitMismatch(values, expected) == nil, "\(count) floats") }
    }
  }

  @Test(arguments: [1, 2, 3, 8]) func givesAllRanksEveryPart(ranks: Int) {
    let found = ThreadCommunicator.run(ranks) { communicator in
      let parts = communicator.shares(of: 29)
      var values = [Double](repeating: 0, count: 29)
      for index in parts[communicator.rank] { values[index] = Double(index) + 0.5 }
      values.withUnsafeMutableBufferPointer { communicator.gather($0.baseAddress!, parts) }
      return values
    }
    for values in found { #expect(values == (0..<29).map { Double($0) + 0.5 }) }
  }

  @Test func givesAllRanksTheBytesOfEach() {
    let found = ThreadCommunicator.run(4) { communicator in
      (
        communicator.all([UInt8](repeating: UInt8(communicator.rank), count: communicator.rank * 3)),
        communicator.all(communicator.rank - 1)
      )
    }
    for (bytes, numbers) in found {
      #expect(bytes == (0..<4).map { [UInt8](repeating: UInt8($0), count: $0 * 3) })
      #expect(numbers == [-1, 0, 1, 2])
    }
  }

  @Test func sharesWorkInConsecutivePartsOfNearlyOneSize() {
    _ = ThreadCommunicator.run(3) { communicator in
      for count in 0...20 {
        let shares = communicator.shares(of: count)
        #expect(shares.flatMap { Array($0) } == Array(0..<count))
        #expect(shares.allSatisfy { abs($0.count * 3 - count) < 3 })
      }
    }
  }
}
