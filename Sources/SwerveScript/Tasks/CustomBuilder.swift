import LuaRuntime
import SwerveModel
import SwerveRL
import SwerveText

/// swerve.tasks.custom
enum CustomBuilder {
  static func task(_ arguments: CheckedArguments, _ host: ScriptHost) throws -> [LuaValue] {
    let options = arguments.options
    let name = try name(options)
    func hook(_ option: String, _ value: CheckedValue) -> TaskHook? {
      value.asFunction.map { function in
        TaskHook(
          name: option, task: name, function: function, place: host.definition(of: function) ?? arguments.place,
          host: host, state: arguments.state)
      }
    }
    guard let training = hook("prompt", options["prompt"]) else { return [] }
    var hooks = CustomTask.Hooks(prompts: [(.training, training)])
    for (set, value) in options.map("sets") {
      try check(set: set)
      if let hook = hook("sets.\(set)", value) { hooks.prompts.append((ProblemSet(set), hook)) }
    }
    hooks.solution = hook("solution", options["solution"])
    hooks.reward = hook("reward", options["reward"])
    hooks.success = hook("success", options["success"])
    hooks.critical = hook("critical", options["critical"])
    hooks.text = hook("text", options["text"])
    try check(hooks, options)
    do {
      let task = CustomTask(
        name: name, tokenizer: try CharacterTokenizer(alphabet: alphabet(options)),
        words: CustomTask.TokenWords(plural: "characters", hint: "option 'alphabet' lists every character"),
        stop: options.string("stop"), longestPrompt: options.integer("longest_prompt"), limit: options.integer("limit"),
        hooks: hooks)
      return [.object(TaskObject(task))]
    } catch let error as TokenizerError {
      throw ScriptError("option 'alphabet': \(error)")
    }
  }

  private static func name(_ options: CheckedOptions) throws -> String {
    let name = options.string("name")
    try GivenName.word.check(name, "option 'name'")
    return name
  }

  private static func check(set name: String) throws {
    try GivenName.word.check(name, "the name of a set in option 'sets'")
    if name === ProblemSet.training.name {
      throw ScriptError(
        "option 'sets' can't have a set \"training\": that is what `prompt` draws, and every task has it",
        hint: "name it otherwise, or use `prompt` and eval = { sets = { training = ... } }")
    }
    if name === ProblemSet.collectedName {
      throw ScriptError(
        "option 'sets' can't have a set \"\(name)\": success/\(name) and length/\(name) are metrics of the episodes that "
          + "fine-tuning collects",
        hint: "name it otherwise; the set \"training\", which every task has, evaluates problems of `prompt`")
    }
  }

  private static func alphabet(_ options: CheckedOptions) -> String {
    if case .strings(let parts) = options["alphabet"] { parts.joined() } else { options.string("alphabet") }
  }

  private static func check(_ hooks: CustomTask.Hooks, _ options: CheckedOptions) throws {
    if hooks.reward == nil && hooks.solution == nil {
      throw ScriptError(
        "swerve.tasks.custom needs `reward`, `solution` or both: without `reward`, an answer that equals the solution "
          + "gets 1 and any other gets 0")
    }
    if hooks.critical != nil && hooks.solution == nil {
      throw ScriptError("option 'critical' needs `solution`, which has the right characters at its positions")
    }
    let stop = options.string("stop")
    if stop.isEmpty { throw ScriptError("option 'stop' must be at least one character, got \"\"") }
    let alphabet = alphabet(options).unicodeScalars
    if let foreign = stop.unicodeScalars.first(where: { !alphabet.contains($0) }) {
      throw ScriptError("option 'stop' has the character \(quoted(String(foreign))), which option 'alphabet' lacks")
    }
  }
}
