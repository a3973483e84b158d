import SwerveRL
import SwerveTensor
import Testing

@testable import SwerveScript

/// Rules over the columns of a batch.
@Suite struct RuleTests {
  let batch = TestBatch()
  let certainties: [Float] = [0.5, 1, 0.25, 0.99, 0, 0.75]

  @Test(arguments: [0, 1, 2.5, 20, 150] as [Float])
  func computesCertaintyWeightsAsTheHostDoes(alpha: Float) throws {
    let found = try batch.weights("rules.certainty { alpha = \(alpha) }")
    #expect(found.kl == (try certaintyWeights(certainties, alpha: alpha)))
    #expect(found.coefficients == [Metric("alpha", alpha)])
    #expect(found.policy == nil && found.entropy == nil && found.clipLow == nil && found.clipHigh == nil)
  }

  @Test func allowsNegativeWeightsByAnIntercept() throws {
    let found = try batch.weights("rules.certainty { alpha = 3, intercept = -0.3 }")
    #expect(found.kl == (try certaintyWeights(certainties, alpha: 3, intercept: -0.3)))
    #expect(found.kl[1] == 1 && found.kl[4] == -0.3)
  }

  @Test func schedulesAlpha() throws {
    let rule = "rules.certainty { alpha = anneal.linear { from = 0, to = 20, steps = 5 } }"
    for (step, alpha) in [(1, 0), (3, 10), (9, 20)] as [(Int, Float)] {
      let found = try batch.weights(rule, step: step)
      #expect(found.kl == (try certaintyWeights(certainties, alpha: alpha)))
      #expect(found.coefficients == [Metric("alpha", alpha)])
    }
  }

  @Test func takesAnotherMeasureOfCertaintyFromItsColumn() throws {
    var batch = batch
    batch.values.append(("certainty_sample", [0.5, 0.5, 0.5, 1, 1, 1]))
    #expect(try batch.weights("rules.certainty { alpha = 2, measure = 'sample' }").kl == [0.25, 0.25, 0.25, 1, 1, 1])
  }

  @Test func weighsTokensByUniformAndOracle() throws {
    #expect(try batch.weights("rules.uniform()").kl == [1, 1, 1, 1, 1, 1])
    #expect(try batch.weights("rules.oracle {}").kl == [1, 0, 1, 1, 1, 0])
    #expect(try batch.weights("rules.oracle { inside = 0.5, outside = 2 }").kl == [2, 0.5, 2, 2, 2, 0.5])
  }

  @Test func computesTheSameByEachAndByColumns() throws {
    let columnar = try batch.weights("function(t) return t.certainty + t.logp:abs() end").kl
    let each = try batch.weights("rules.each(function(tok) return tok.certainty + math.abs(tok.logp) end)").kl
    #expect(each == columnar)
  }

  @Test func passesTheTextOfATokenAndTheStepToEach() throws {
    let rule = "rules.each(function(tok, step) return tok.text == '+' and step or 0 end)"
    #expect(try batch.weights(rule).kl == [0, 0, 3, 0, 0, 0])
  }

  /// A column that is first looked at in the middle of the batch.
  @Test func letsEachReadAColumnLate() throws {
    let rule =
      "rules.each(function(tok) return tok.text == '=' and tok.certainty or tok.text == '3' and tok.certainty or 2 end)"
    #expect(try batch.weights(rule).kl == [2, 2, 2, 0.99, 0, 2])
  }

  @Test(
    arguments: [
      ("function() return 0.5 end", [0.5, 0.5, 0.5, 0.5, 0.5, 0.5]),
      ("function(t) return t.certainty:mean():mul(0) end", [0, 0, 0, 0, 0, 0]),
      ("function(t) return { 1, 2, 3, 4, 5, 6 } end", [1, 2, 3, 4, 5, 6]),
      ("function(t) return t:tensor { 1, 2, 3, 4, 5, 6 } * 2 end", [2, 4, 6, 8, 10, 12]),
      ("function(t) return t:tensor(t:numbers 'critical') end", [0, 1, 0, 0, 0, 1]),
      ("function(t, step) return t.count * 100 + t.rows * 10 + step end", [623, 623, 623, 623, 623, 623]),
      ("function(t) return { policy = 1 } end", [1, 1, 1, 1, 1, 1]),
    ] as [(String, [Float])])
  func acceptsEveryFormOfAnAnswer(rule: String, expected: [Float]) throws {
    #expect(try batch.weights(rule).kl == expected)
  }

  @Test func returnsSeveralColumnsFromATable() throws {
    let found = try batch.weights(
      "function(t) return { kl = t.critical, policy = 2, entropy = t.certainty, "
        + "clip_low = 0.1, clip_high = 0.3 }, { b = 2, a = 1 } end"
    )
    #expect(found.kl == [0, 1, 0, 0, 0, 1])
    #expect(found.policy == [Float](repeating: 2, count: 6) && found.entropy == certainties)
    #expect(found.clipLow == [Float](repeating: 0.1, count: 6) && found.clipHigh == [Float](repeating: 0.3, count: 6))
    #expect(found.coefficients == [Metric("a", 1), Metric("b", 2)])
  }

  @Test func buildsRulesFromRules() throws {
    let rule =
      "(function() local c = rules.certainty { alpha = 1 }; "
      + "return function(t, s, r) return c(t, s, r):max(0.5) end end)()"
    #expect(try batch.weights(rule).kl == [0.5, 1, 0.5, 0.99, 0.5, 0.75])
  }

  @Test func allowsNegativeWeightsWhereTheScriptSaysSo() throws {
    #expect(try batch.weights("function() return -2 end", more: "allow_negative = true").kl[0] == -2)
  }

  @Test func drawsRandomNumbersOfTheStep() throws {
    var cursor = TestBatch.random.cursor(step: 3, row: 0)
    let expected = (0..<6).map { _ in cursor.uniform() }
    #expect(try batch.weights("function(t, step, rng) return rng:column() end").kl == expected)
    #expect(try batch.weights("rules.each(function(tok, step, rng) return rng:uniform() end)").kl == expected)
    #expect(try batch.weights("function(t, step, rng) return rng:column() end", step: 4).kl != expected)
    var other = TestBatch.random.cursor(step: 3, row: 0)
    let drawn = [Float(other.below(10)), abs(other.normal())]
    let rule =
      "function(t, step, rng) local a = rng:below(10); local b = math.abs(rng:normal()); "
      + "return { a, b, 0, 0, 0, 0 } end"
    #expect(Array(try batch.weights(rule).kl.prefix(2)) == drawn)
  }

  /// The batch of a real update: 50 texts of 400 tokens, far within the default limits.
  @Test func runsEachOnAnUpdateOfManyTokens() throws {
    var large = TestBatch(layout: TokenLayout(rowLengths: [Int](repeating: 400, count: 50)))
    large.texts = String(repeating: "12+=", count: 5000)
    large.values = [("certainty", [Float](repeating: 0.5, count: 20_000))]
    let rule = "rules.each(function(tok) if tok.text == '=' then return tok.certainty ^ 2 end return tok.certainty end)"
    #expect(try large.weights(rule).kl.prefix(4) == [0.5, 0.5, 0.5, 0.25])
  }
}
