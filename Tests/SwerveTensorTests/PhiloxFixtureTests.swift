import SwerveTensor
import SwerveTestSupport
import Testing

@Suite
struct PhiloxFixtureTests {
  struct Case: Decodable {
    let counter: [UInt32]
    let key: [UInt32]
    let output: [UInt32]
  }

  @Test func matchesEveryBlockOfTheReference() throws {
    let cases = try Fixtures.json("philox.json", as: [Case].self)
    #expect(cases.count >= 3)
    for known in cases {
      let block = Philox.block(counter: SIMD4(known.counter), key: SIMD2(known.key))
      #expect(block == SIMD4(known.output), "counter \(known.counter), key \(known.key)")
    }
  }
}
