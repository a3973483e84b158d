import LuaRuntime
import SwerveModel
import SwerveRL
import SwerveText

/// swerve.classify
enum ClassifyBuilder {
  static func stage(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    let options = arguments.options
    let context = StageContext(name: ClassifyPlan.kind, place: arguments.place, host: host, state: arguments.state)
    try FactoryFunctions.check(options, host)
    guard let hierarchy = options["hierarchy"].asObject(HierarchyObject.self), let loss = options.options("loss") else {
      preconditionFailure("declared as a hierarchy and as options")
    }
    let source = try options.stageSource()
    guard let text = try source.modelText(host) else {
      throw ScriptError("option 'from' of swerve.classify must be a stage or the path of a model")
    }
    let fit = try fit(options)
    if fit == nil && !options.has("lr") {
      throw ScriptError("option 'lr' of swerve.classify is required without `fit`", hint: "as in lr = 1e-4")
    }
    let documents = DocumentReader(options, hierarchy.tree, singlePath: loss.boolean("single_path"))
    let head = options.options("head")
    var plan = ClassifyPlan(
      name: context.name, source: .fresh, tree: hierarchy.tree, taxonomy: hierarchy.text,
      tokenizer: text.tokenizer, training: try documents.set("train", named: DocumentSet.training),
      evaluated: try ["validation", "test"].filter { options.has($0) }.map { try documents.set($0, named: $0) },
      loss: try scripted(loss, hierarchy, context), probabilities: kind(loss),
      rules: try rules(options["decode"].lua, hierarchy, context), pooling: pooling(options),
      epochs: options.integer("epochs"), batch: options.integer("batch"), length: options.integer("length"),
      sorted: options.integer("sort_within"),
      learningRate: options.has("lr") ? options.schedule("lr", context) : .constant(0),
      headLearningRate: head.flatMap { $0.has("lr") ? $0.schedule("lr", context) : nil },
      coefficients: options.map("coefficients").map { name, value in
        (name, ScriptedSchedule.make(value, range: .any, path: "coefficients.\(name)", context))
      }, optimizer: options.optimizer())
    for (name, _) in plan.coefficients { try GivenName.word.check(name, "the name of a coefficient") }
    plan.lanes = options.lanes()
    plan.frozen = frozen[ExactString(options.string("trained"))]
    plan.fit = fit
    plan.vectorNorm = options.has("vector_norm") ? options.float("vector_norm") : nil
    plan.evaluateEvery = options.has("every") ? options.integer("every") : nil
    plan.seed = options.has("seed") ? UInt64(options.integer("seed")) : nil
    plan.state = context.hookStates
    plan.ending = options.ending(context)
    let stage = try StageObject(givenName: options.stageName(), source: source, context: context, draft: plan)
    return [.object(stage)]
  }

  private static func scripted(
    _ loss: CheckedOptions, _ hierarchy: HierarchyObject, _ context: StageContext
  ) throws -> any ClassificationLoss {
    guard let function = loss["compute"].asFunction else { preconditionFailure("`compute` is a function") }
    let place = context.host.definition(of: function) ?? context.place
    let hook = Hook(HookName(.hook, "loss"), function: function, place: place, stage: context)
    return ScriptedClassificationLoss(hook: hook, hierarchy: hierarchy)
  }

  /// What each value of `trained` leaves as it is.
  private static let frozen: [ExactString: FrozenPart] = [
    ExactString("layers"): .tokenTable, ExactString("head"): .body,
  ]

  /// The options that have no meaning with `fit`: those of batches and of AdamW.
  private static let optionsWithoutFit = [
    "epochs", "batch", "sort_within", "head", "lr", "beta1", "beta2", "epsilon", "decay", "max_grad_norm", "lanes",
  ]

  /// - Throws: ScriptError for options that do not go with it.
  private static func fit(_ options: CheckedOptions) throws -> HeadFit? {
    guard let fit = options.options("fit") else { return nil }
    guard options.string("trained") === "head" else {
      throw ScriptError(
        "option 'fit' of swerve.classify fits the head alone, and needs trained = \"head\"",
        hint: "without `fit`, the model is trained batch by batch")
    }
    if let name = optionsWithoutFit.first(where: options.isGiven) {
      throw ScriptError(
        "option '\(name)' of swerve.classify has no meaning with `fit`, which takes all documents at once",
        hint: "leave it out; `fit` has the options l2, tolerance, steps and history")
    }
    return HeadFit(
      l2: fit.number("l2"), tolerance: fit.number("tolerance"), steps: fit.integer("steps"),
      history: fit.integer("history"))
  }

  private static func kind(_ loss: CheckedOptions) -> LabelProbabilities.Kind {
    guard let kind = LabelProbabilities.Kind(rawValue: loss.string("probabilities")) else {
      preconditionFailure("`probabilities` is declared with the names of LabelProbabilities.Kind")
    }
    return kind
  }

  private static func pooling(_ options: CheckedOptions) -> Classifier.Pooling {
    guard let pooling = Classifier.Pooling(rawValue: options.string("pooling")) else {
      preconditionFailure("`pooling` is declared with the names of Classifier.Pooling")
    }
    return pooling
  }

  // MARK: Rules

  /// Rules by name come first, in their order; then those with a name of their own, sorted by it.
  private static func rules(
    _ value: LuaValue, _ hierarchy: HierarchyObject, _ context: StageContext
  ) throws -> [(name: String, rule: any InferenceRule)] {
    if value.isNil { return try LabelDecoderTable.names.map { ($0, try tabled($0, nil, "decode", hierarchy)) } }
    guard case .table(let table) = value else {
      throw ScriptError("option 'decode' must be a table of rules, got \(shown(value))", hint: hint)
    }
    var rules: [(name: String, rule: any InferenceRule)] = []
    for element in table.elements() {
      guard let name = element.asString else {
        throw ScriptError("option 'decode' must list names of rules, got \(shown(element))", hint: hint)
      }
      rules.append((name, try tabled(name, nil, "decode", hierarchy)))
    }
    for (key, value) in table.sortedPairs() {
      guard case .string(let name) = key else {
        if let number = key.asInteger, (1...Int64(max(1, table.elements().count))).contains(number) { continue }
        throw ScriptError("option 'decode' must be a list and names, got the key \(shown(key))", hint: hint)
      }
      try GivenName.word.check(name, "the name of a rule in 'decode'")
      switch value {
      case .function(let function):
        rules.append((name, ScriptedInferenceRule(name, function, hierarchy, context)))
      case .table(let settings):
        guard let rule = settings.get("rule").asString else {
          throw ScriptError(
            "option 'decode.\(name)' must name its rule, as in { rule = \"threshold\", threshold = 0.3 }")
        }
        rules.append((name, try tabled(rule, settings, "decode.\(name)", hierarchy)))
      default:
        throw ScriptError("option 'decode.\(name)' must be a function or a table, got \(shown(value))", hint: hint)
      }
    }
    guard !rules.isEmpty else { throw ScriptError("option 'decode' must have at least one rule", hint: hint) }
    for (index, rule) in rules.enumerated() where rules[..<index].contains(where: { $0.name === rule.name }) {
      throw ScriptError("option 'decode' has two rules of the name '\(rule.name)'")
    }
    return rules
  }

  private static let hint =
    "decode = { \"threshold\", \"leaf\", strict = { rule = \"threshold\", threshold = 0.8 }, own = function(p, tree) ... end }"

  /// - Parameter settings: the rule's parameters by name; nil: their defaults.
  private static func tabled(
    _ name: String, _ settings: LuaTable?, _ path: String, _ hierarchy: HierarchyObject
  ) throws -> any InferenceRule {
    guard let row = LabelDecoderTable.row(named: name) else {
      throw ScriptError(
        "there is no rule '\(label(name))' for option '\(path)'" + didYouMean(name, among: LabelDecoderTable.names),
        hint: "rules: " + LabelDecoderTable.names.joined(separator: ", "))
    }
    let known = row.parameters.map(\.name)
    for (key, _) in settings?.sortedPairs() ?? [] {
      let found = key.asString.map(label) ?? shown(key)
      guard found == "rule" || known.containsExactly(found) else {
        throw ScriptError(
          "unknown parameter '\(found)' in option '\(path)'" + didYouMean(found, among: known),
          hint: known.isEmpty ? "the rule \(name) has none" : "the rule \(name) takes " + known.joined(separator: ", "))
      }
    }
    let values = try row.parameters.map { parameter -> Double? in
      let value = settings?.get(parameter.name) ?? .nil
      if value.isNil { return nil }
      guard let number = value.asDouble, parameter.accepts(number) else {
        throw ScriptError("option '\(path).\(parameter.name)' must be \(parameter.expected), got \(shown(value))")
      }
      return number
    }
    return TabledRule(row.decoder(hierarchy.tree, values))
  }
}

/// Makes documents of the records of a file.
private struct DocumentReader {
  private let options: CheckedOptions
  private let tree: LabelTree
  private let singlePath: Bool
  private let fields: (text: String, label: String)

  init(_ options: CheckedOptions, _ tree: LabelTree, singlePath: Bool) {
    (self.options, self.tree, self.singlePath) = (options, tree, singlePath)
    fields = (options.string("text"), options.string("label"))
  }

  /// - Throws: ScriptError that names the file and the record.
  func set(_ option: String, named name: String) throws -> DocumentSet {
    var documents: [Document] = []
    for data in try files(option) {
      documents.reserveCapacity(documents.count + data.count)
      for index in 0..<data.count {
        do {
          documents.append(try document(try data.json(index)))
        } catch let problem as Problem {
          throw ScriptError("option '\(option)', \(data.place(index)): \(problem.message)", hint: problem.hint)
        }
      }
    }
    return DocumentSet(name: name, documents: documents)
  }

  /// The data of an option: one, or a list.
  private func files(_ option: String) throws -> [DataObject] {
    if let data = options[option].asObject(DataObject.self) ?? options[option].lua.asObject(DataObject.self) {
      return [data]
    }
    let found = options[option].lua
    if case .table(let table) = found, table.isSequence, table.count > 0 {
      let files = table.elements().compactMap { $0.asObject(DataObject.self) }
      if files.count == table.count { return files }
    }
    throw ScriptError(
      "option '\(option)' must be data or a list of data, got \(shown(found))",
      hint: "\(option) = swerve.data \"data/\(option).jsonl\"")
  }

  private struct Problem: Error {
    let message: String
    var hint: String?
  }

  private func document(_ record: JSONValue) throws -> Document {
    let hint = "a record is as in {\"text\": \"a small dog\", \"label\": [\"animal\", \"dog\"]}"
    guard case .string(let text)? = record[fields.text] else {
      throw Problem(message: "the field '\(label(fields.text))' must be a string", hint: hint)
    }
    if text.utf8.isBlankASCII {
      throw Problem(message: "the text is empty", hint: "leave such documents out of the file")
    }
    guard case .array(let elements)? = record[fields.label] else {
      throw Problem(message: "the field '\(label(fields.label))' must be a list of labels", hint: hint)
    }
    let names = elements.compactMap { if case .string(let name) = $0 { name } else { nil } }
    guard names.count == elements.count else {
      throw Problem(message: "the field '\(label(fields.label))' must hold strings only", hint: hint)
    }
    do {
      let labels = try tree.set(named: names)
      if singlePath && tree.end(ofPath: labels) == nil {
        throw Problem(
          message: "its labels are more than one path, and the loss needs one path for each document",
          hint: "take a loss for several paths, such as require \"swerve.hierarchy.bce\"")
      }
      return Document(text: text, labels: labels)
    } catch let error as LabelSetError {
      throw Problem(message: error.message, hint: error.hint)
    }
  }
}
