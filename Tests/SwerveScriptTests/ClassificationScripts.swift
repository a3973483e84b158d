import LuaRuntime
import SwerveModel
import SwerveRL
import SwerveTensor
import SwerveTestSupport

@testable import SwerveScript

/// Scripts with a stage of classification, whose tree and documents the test makes up.
struct ClassificationScripts {
  var taxonomy = "root\ta\tb\na\ta1\ta2\nb\tb1\n"
  var train = """
    {"text": "12", "label": ["a", "a1"]}
    {"text": "34", "label": ["a", "a2"]}
    {"text": "why", "label": ["b", "b1"]}

    """
  var test = "{\"text\": \"12\", \"label\": [\"b\", \"b1\"]}\n"

  private var scripts: ModelTokenScripts {
    var scripts = ModelTokenScripts()
    scripts.texts = [("t.tsv", taxonomy), ("train.jsonl", train), ("test.jsonl", test)]
    return scripts
  }

  /// - Parameter options: of swerve.classify, beside those that every stage needs.
  func script(_ options: String, loss: String = "require('swerve.hierarchy.conditional_softmax') {}") -> String {
    """
    return swerve.classify { name = 'c', from = 'm.gguf', hierarchy = swerve.hierarchy 't.tsv', \
    train = swerve.data 'train.jsonl', test = swerve.data 'test.jsonl', lr = 1e-3, loss = \(loss), \(options) }
    """
  }

  func load(_ text: String) throws -> ScriptedExperiment { try scripts.load(text) }
  func failure(_ text: String) -> ScriptError? { scripts.failure(text) }

  func plan(_ experiment: ScriptedExperiment) throws -> ClassifyPlan {
    guard let plan = experiment.plan.stages.last as? ClassifyPlan else {
      throw ScriptError("no stage of classification")
    }
    return plan
  }
}

extension ClassifyPlan {
  /// The loss of some documents and its gradient with respect to their scores, (documents, labels).
  func value(_ documents: [Document], logits: [Float], priors: LabelPriors, step: Int = 1) throws -> (
    loss: Float, gradient: [Float]
  ) {
    let columns = DocumentColumns(documents, tree: tree, priors: priors) { logits }
    let coefficients = try coefficients.map { Metric($0.name, try $0.schedule.value(step, [])) }
    let value = try loss.loss(columns, coefficients: coefficients, step: step)
    try value.total.backward()
    return (value.total.values[0], try columns.column(.logits).gradient ?? [])
  }
}
