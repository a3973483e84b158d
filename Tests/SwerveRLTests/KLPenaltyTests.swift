import Foundation
import Testing

@testable import SwerveRL

@Suite struct KLPenaltyTests {
  @Test func estimatesZeroForEqualProbabilities() {
    for estimator in KLEstimator.allCases {
      #expect(estimator.estimates(logp: [-1.5, 0], reference: [-1.5, 0]) == [0, 0])
    }
  }

  @Test func matchesEstimatesWorkedByHand() {
    #expect(KLEstimator.k1.estimates(logp: [-1, -2], reference: [-3, -1]) == [2, -1])
    #expect(KLEstimator.k2.estimates(logp: [-1, -2], reference: [-3, -1]) == [2, 0.5])
    let k3 = KLEstimator.k3.estimates(logp: [-1, -2], reference: [-3, -1])
    #expect(abs(Double(k3[0]) - (exp(-2.0) + 1)) < 2e-7)
    #expect(abs(Double(k3[1]) - (exp(1.0) - 2)) < 2e-7)
  }

  /// The one subtraction loses about 1 / k3 ulps at |d| = 0.5, where k3 is 0.1: hence 1.5e-6. Below that the series is
  /// as good.
  @Test func keepsTheDigitsOfK3AtEveryScale() {
    for power in stride(from: -40.0, through: 4, by: 0.125) {
      for sign in [1.0, -1.0] {
        let d = Float(sign * exp2(power))
        let exact = expm1(-Double(d)) + Double(d)
        // expm1 in Double loses digits too, so the series takes over for tiny d.
        let truth = abs(d) < 1e-3 ? Double(d) * Double(d) * (0.5 - Double(d) / 6 + Double(d) * Double(d) / 24) : exact
        let found = Double(KLEstimator.k3.estimate(d))
        #expect(found >= 0)
        #expect(abs(found - truth) <= 1.5e-6 * truth, "d = \(d): \(found), expected \(truth)")
      }
    }
  }
}
