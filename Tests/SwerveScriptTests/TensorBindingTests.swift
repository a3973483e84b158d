import SwerveTensor
import Testing

@testable import SwerveScript

/// Tensors in Lua: every operation of the tape, operators, and how they print.
@Suite struct TensorBindingTests {
  private func printed(_ expression: String) throws -> String {
    var lines = ""
    let experiment = try load(finetune("kl = { coef = 1, rule = function(t) print(\(expression)) return 1 end }")) {
      lines += $0
    }
    let rule = experiment.finetunePlan?.kl.rule
    _ = try rule?.weights(TestBatch().columns(), in: TestBatch.context(1))
    return lines
  }

  @Test(arguments: [
    ("(t.critical + 1):sum():item()", "8.0"), ("(1 - t.critical):sum():item()", "4.0"),
    ("(t.critical * 3 / 2):sum():item()", "3.0"), ("(2 ^ t.critical):sum():item()", "8.0"),
    ("(-t.critical):min():item()", "-1.0"), ("t.critical:where(5, 7):sum():item()", "38.0"),
    ("t.critical:count(), math.type(t.critical:count())", "6\tinteger"),
    ("t.certainty:at(2, 1)", "\(Double(Float(0.99)))"),
    ("t.certainty:quantile(0):item()", "0.0"), ("t.critical:gt(0):sum():item()", "2.0"),
    ("t.critical:row_sum():max():item()", "1.0"), ("t.critical:clamp(0.25, 0.5):sum():item()", "2.0"),
    ("t.critical:logical_not():sum():item()", "4.0"), ("t:text(3)", "+"), ("t:numbers('critical')[2]", "1.0"),
    ("t.critical == t.critical, t.critical == t", "true\tfalse"),
    ("t.critical", "tensor tokens(6 in 2 rows): 0, 1, 0, 0, 0, 1"), ("t.critical:sum()", "tensor scalar: 2"),
  ])
  func evaluatesExpressions(expression: String, expected: String) throws {
    #expect(try printed(expression) == expected + "\n")
  }

  @Test func offersEveryOperationOfTheTapeAsAMethod() throws {
    for operation in TensorOperation.all { #expect(try printed("type(t.logp.\(operation.name))") == "function\n") }
  }

  @Test func cutsALongTensor() throws {
    let layout = TokenLayout(rowLengths: [8])
    let tensor = try Tensor.constant([0.5, 1, 2, 3, 4, 5, 6, 7], shape: .tokens(layout))
    #expect(tensor.summary == "tensor tokens(8 in 1 rows): 0.5, 1, 2, 3, 4, 5, ...")
  }
}
