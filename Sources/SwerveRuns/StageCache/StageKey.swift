import SwerveFiles
import SwerveModel
import SwerveRL
import SwerveRecords
import SwerveScript
import SwerveText

/// Everything that decides the bits of a stage, as JSON: two stages with equal facts compute the same.
///
/// A built-in task is identified by its settings, and a schedule that needs no metrics by its value at every step. A task
/// of the script's own is identified by everything that its functions can reach; that is enough as long as their calls
/// look at nothing else, such as math.random, which is known when the stage has run. Otherwise it is identified by the
/// script's text, options and limits. So the key of a stage seldom changes if only another stage does.
struct StageKey: Equatable {
  /// How much of the script a key holds.
  enum Scope {
    /// What the stage's functions can reach.
    case functions
    case script
  }

  /// Of keys without a digest of what functions can reach, and of those with one.
  static let format = 1, functionsFormat = 2
  let facts: JSONValue

  /// Short enough for a file name, long enough to be unique.
  var name: String { Digest.of(facts.compact()).leading(32) }

  /// nil for a stage without `cacheFacts`; for the scope `functions` also where there are none, or where it can't be told
  /// what they reach.
  /// - Parameter source: the digest of the weights that the stage starts from; nil for new weights.
  init?(_ stage: any Stage, _ script: LoadedScript, source: String?, scope: Scope = .script) {
    guard let own = stage.cacheFacts,
      let index = script.plan.stages.firstIndex(where: { $0.name === stage.name })
    else { return nil }
    let seed = own.seed ?? script.settings.seed
    let format = scope == .script ? Self.format : Self.functionsFormat
    var members: [JSONMember] = [
      JSONMember("swerve_stage_key", .integer(format)), JSONMember("swerve", .string(swerveVersion)),
      JSONMember("math", .string(script.inputs.math)), JSONMember("math_version", .integer(script.inputs.mathVersion)),
      JSONMember("seed", .integer(seed)), JSONMember("stage", .string(stage.name)),
      JSONMember("source", source.map { .string($0) } ?? .null), JSONMember("model", Self.json(script.models[index])),
    ]
    members += own.facts.map { JSONMember($0.name, Self.json($0.fact)) }
    let curves = Self.curves(stage, script)
    members += curves.known
    switch (scope, own.functions) {
    case (.functions, .known(let contents)) where curves.isComplete:
      members.append(JSONMember("functions", .string(Digest.of(contents))))
      members += Self.surroundings(script)
    case (.functions, _): return nil
    case (.script, .none) where curves.isComplete: break
    case (.script, _): members += Self.everything(script.inputs)
    }
    facts = .object(members)
  }

  /// A digest of the values of each schedule that is known at every step, and whether all schedules are.
  private static func curves(_ stage: any Stage, _ script: LoadedScript) -> (known: [JSONMember], isComplete: Bool) {
    let options = stage.schedules.map(\.option)
    let known = options.compactMap { option -> JSONMember? in
      // If a schedule fails, it will also fail in training, and is reported there.
      guard let curve = try? script.experiment.curve(stage: stage.name, option: option),
        // A curve with fewer points than steps does not determine all values.
        curve.asked.isEmpty && curve.points.count == stage.steps
      else { return nil }
      let bits = curve.points.map { ExactText.bits($0.value) }.joined(separator: " ")
      return JSONMember(option, .string(Digest.of(bits)))
    }
    return (known, known.count == options.count)
  }

  /// What functions can depend on besides what they reach: the limits of a call, and what models say about text.
  private static func surroundings(_ script: LoadedScript) -> [JSONMember] {
    let read = script.sources.map(\.path)
    let models = script.inputs.files.filter { !read.containsExactly($0.path) }
    return [
      JSONMember("models", .array(models.map { ["path": .string($0.path), "sha256": .string($0.sha256)] })),
      JSONMember("limits", script.inputs.limits),
    ]
  }

  /// Everything that a script's functions can depend on.
  private static func everything(_ inputs: RunInputs) -> [JSONMember] {
    [
      JSONMember("script", .string(inputs.scriptSHA256)),
      JSONMember(
        "files",
        .array(inputs.files.map { ["path": .string($0.path), "sha256": .string($0.sha256)] })),
      JSONMember("options", inputs.options), JSONMember("limits", inputs.limits),
      // A script may read the run's seed, even if the stage has another seed.
      JSONMember("run_seed", .integer(inputs.seed)),
    ]
  }

  private static func json(_ model: PlanCheck.StageModel) -> JSONValue {
    .object(
      CheckpointMetadata.make(model.configuration, tokenizer: model.tokenizer).map {
        JSONMember($0.key, .string($0.value))
      })
  }

  private static func json(_ fact: Fact) -> JSONValue {
    switch fact {
    case .none: .null
    case .text(let text): .string(text)
    case .integer(let integer): .integer(integer)
    case .float(let float): .float(float)
    case .boolean(let boolean): .bool(boolean)
    case .list(let facts): .array(facts.map(json))
    case .record(let facts): .object(facts.map { JSONMember($0.name, json($0.fact)) })
    }
  }
}
