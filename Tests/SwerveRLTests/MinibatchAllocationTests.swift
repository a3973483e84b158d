import SwerveTensor
import SwerveTestSupport
import Testing

@testable import SwerveRL

/// In a process of its own, as other tests make blocks of floats too.
@Suite struct MinibatchAllocationTests {
  /// Two texts are one shard in either order, so that the first minibatch needs as much as the others.
  @Test func allocatesNothingAfterTheFirstMinibatch() async {
    await #expect(processExitsWith: .success) {
      let fixture = try LoopFixture(seed: 83)
      var plan = fixture.plan()
      (plan.updates, plan.episodes, plan.minibatch, plan.epochs, plan.evaluation) = (1, 2, 2, 6, nil)
      var made: [Int] = []
      plan.objective = ClosureObjective { columns, coefficients, step in
        made.append(FloatBuffer.madeSoFar)
        // The largest column of all, which is made only where a loss asks for it.
        _ = try columns.required("logits")
        return try a2c.loss(columns, coefficients: coefficients, step: step)
      }
      _ = try fixture.run(plan)
      try #require(made.count == 6)
      #expect(made[1...].allSatisfy { $0 == made[1] }, "blocks made before each minibatch's loss: \(made)")
    }
  }
}
