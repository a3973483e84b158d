import LuaRuntime
import SwerveRL
import SwerveText

/// Declares everything that the host offers to scripts.
package enum ScriptAPI {
  /// The functions of `require "swerve.host"`; "swerve" adds the library's own to it.
  static let functions: [APIFunction] = [
    APIFunction(
      "swerve.options",
      "Declares what `--set KEY=VALUE` can change, with defaults: numbers, strings of UTF-8 or booleans. Call it once.",
      parameters: [APIField("defaults", .map(.any("number|string|boolean")), "names and default values")],
      results: [("swerve.Options", "the values by name; reading an unknown name is an error")],
      example: """
        local o = swerve.options { alpha = 20, kl = 2.5 }     -- swerve run SCRIPT --set alpha=10
        """,
      body: OptionsBuilder.declare),
    APIFunction(
      "swerve.pretrain", "\(pretrain.doc) This makes a stage; nothing runs yet.",
      parameters: [APIField("options", .options(pretrain), "")], results: [("swerve.Stage", "")],
      example: """
        local reference = swerve.pretrain {
          model = { layers = 2, heads = 2, width = 32, context = 256 },
          task = swerve.tasks.addition { comfort = 1 }, steps = 30, lr = 3e-3,
        }
        """,
      body: PretrainBuilder.stage),
    APIFunction(
      "swerve.finetune", "\(finetune.doc) This makes a stage; nothing runs yet.",
      parameters: [APIField("options", .options(finetune), "")], results: [("swerve.Stage", "")],
      example: """
        return swerve.finetune {
          from = reference, task = swerve.tasks.addition { comfort = 1, plus = 1 },
          updates = 4, episodes = 8, minibatch = 4, lr = 1e-4,
          kl = { coef = 1, temperature = 2, rule = rules.certainty { alpha = 20 } },
          eval = { every = 2, sets = { comfort = 8, plus1 = 8 } },
        }
        """,
      body: FinetuneBuilder.stage),
    APIFunction(
      "swerve.hierarchy",
      "A tree of labels from a file below the script's folder: each line is a parent and its children, separated by tabs, the "
        + "root first. The root is no label; labels are numbered from 1 in the order in which they are named as children. The file is "
        + "an input of the run as the script is. Only while the script loads.",
      parameters: [APIField("path", .string, "from the script's folder, ending in .tsv; UTF-8, at most 4 MiB")],
      results: [("swerve.Hierarchy", "")],
      example: """
        local tree = swerve.hierarchy "data/taxonomy.tsv"      -- root TAB animal TAB plant; animal TAB dog TAB cat
        print(#tree, tree:name(1))
        """,
      body: HierarchyFile.read),
    APIFunction(
      "swerve.classify", "\(classify.doc) This makes a stage; nothing runs yet.",
      parameters: [APIField("options", .options(classify), "")], results: [("swerve.Stage", "")],
      example: """
        return swerve.classify {
          from = "models/all-MiniLM-L6-v2", hierarchy = swerve.hierarchy "data/taxonomy.tsv",
          train = swerve.data "data/train.jsonl", test = swerve.data "data/test.jsonl",
          loss = require("swerve.hierarchy.conditional_softmax") {},
          decode = { "threshold", "leaf", "hf_beta" },
          epochs = 2, lr = 5e-5, head = { lr = 1e-3 },
        }
        """,
      body: ClassifyBuilder.stage),
    APIFunction(
      "swerve.tasks.addition", addition.doc,
      parameters: [APIField("options", .options(addition), "")], results: [("swerve.Task", "")],
      example: """
        -- sets: training, comfort, plus1, plus2, ...; of one size each: both4 (two operands of 4 digits), first4 (the first of
        -- 4 digits, the second of fewer), ...
        task = swerve.tasks.addition { comfort = 3, plus = 1 }
        """,
      body: AdditionBuilder.task),
    APIFunction(
      "swerve.tasks.custom", custom.doc,
      parameters: [APIField("options", .options(custom), "")], results: [("swerve.Task", "")],
      example: """
        local copying = swerve.tasks.custom {                 -- without `alphabet`: the tokens of the stage's model
          alphabet = "abc>\\n",
          prompt = function(rng) return ("abc"):sub(rng:within(1, 3)) .. ">" end,
          solution = function(prompt) return prompt:sub(1, -2) end,
          sets = { long = function() return "abc>" end },
        }
        """,
      body: CustomBuilder.task),
    APIFunction(
      "swerve.text",
      "The text of a file below the script's folder. It is an input of the run as the script is: its digest is recorded, "
        + "a copy kept. Only while the script loads.",
      parameters: [APIField("path", .string, "from the script's folder, ending in .txt; UTF-8, at most 1 MiB")],
      results: [("string", "as it is in the file, a byte order mark included")],
      example: """
        local poem = swerve.text "data/sonnet.txt"
        """,
      body: TextFile.read),
    APIFunction(
      "swerve.data",
      "The records of a file below the script's folder: one JSON object a line, or the rows of a CSV file (RFC 4180), whose first "
        + "row names the fields. It is an input of the run as the script is: its digest is recorded. A run keeps a copy of a file "
        + "of at most 32 MiB; a larger one stays where it is, is read as needed, and must be the same there when the run is "
        + "resumed or replayed (`swerve pack` takes it along). Only while the script loads.",
      parameters: [
        APIField(
          "path", .string,
          "from the script's folder, ending in .jsonl or .csv; UTF-8, with or without a byte order mark, at most 1 GiB, 33554432 "
            + "records, 1 MiB a record, values nested at most 32 deep")
      ],
      results: [("swerve.Data", "")],
      example: """
        local problems = swerve.data "data/problems.jsonl"     -- {"text": "2 + 3 =", "answer": "5"}
        print(#problems, problems[1].answer)
        """,
      body: DataFile.read),
    APIFunction(
      "swerve.chat",
      "The text that a model's own chat format makes of messages. In a function of a task it is the format of the model whose tokens "
        + "the task has; elsewhere `format` or `model` names one.",
      parameters: [
        APIField(
          "messages", .any("{ role: \"system\"|\"user\"|\"assistant\"|\"tool\", content: string }[]"),
          "in order; some formats put a system message of their own in front where there is none"),
        APIField("options", .options(chat), .optional(nil), ""),
      ],
      results: [("string", "with the model's special tokens as text")],
      example: """
        prompt = function(rng)
          return swerve.chat { { role = "user", content = "What is 2 + 3?" } }
        end
        """,
      body: ChatText.make),
  ]

  /// The functions that only the Lua library itself needs; they are not part of the stubs.
  static let libraryFunctions: [APIFunction] = [
    APIFunction(
      "host.suggest", "What to append to an error about an unknown name: \"; did you mean 'x'?\" or nothing.",
      parameters: [APIField("name", .message, ""), APIField("known", .any("string[]"), "")],
      body: { arguments, _ in
        guard case .any(.table(let known)) = arguments[1] else { return [.string("")] }
        let names = known.elements().compactMap(\.asString)
        return [.string(didYouMean(arguments[0].asString, among: names))]
      }),
    APIFunction(
      "host.shown", "A value for an error: \"a tensor\".",
      parameters: [APIField("value", .any("any"), .optional(nil), "")],
      body: { arguments, _ in [.string(shown(arguments[0].lua))] }),
    APIFunction(
      "host.fail", "Raises an error without a line.",
      parameters: [APIField("message", .message, ""), APIField("place", .message, .string(""), "\"file:0: \"")],
      body: { arguments, host in
        throw ScriptError(arguments[0].asString, place: host.place(text: arguments[1].asString))
      }),
    APIFunction(
      "host.loading_place", "The place to blame for a call of the library that has no line left.",
      parameters: [
        APIField("places", .any("string[]"), "\"file:line: \" of the script's lines that run, innermost first")
      ],
      body: { arguments, host in
        guard case .any(.table(let places)) = arguments[0] else { return [.string("")] }
        return [.string(host.loadingPlace(places.elements().compactMap(\.asShownString), arguments.state))]
      }),
    APIFunction(
      "host.rule", "A rule with the place that made it, for errors about its weights.",
      parameters: [
        APIField("weigh", .function("function"), ""),
        APIField("place", .either([.message, .function("function")]), "\"file:line: \", or the function to name"),
        APIField("allow_negative", .boolean, .boolean(false), ""),
        APIField("schedules", .map(.schedule(.any)), .optional(nil), "its numbers that may change, for `swerve plan`"),
        APIField("traits", .strings, .optional(nil), "clips: gives clip ranges; critical: weighs critical tokens"),
      ],
      body: RuleObject.make),
    APIFunction(
      "host.maker", "Marks a function as one that makes schedules or losses and is none.",
      parameters: [APIField("make", .function("function"), ""), APIField("name", .string, "as scripts write it")],
      body: FactoryFunctions.mark),
    APIFunction(
      "host.maker_name", "The name of a function that host.maker marked; empty for another.",
      parameters: [APIField("function", .function("function"), "")],
      body: { arguments, host in
        [.string(arguments[0].asFunction.flatMap { FactoryFunctions.name(of: $0, host) } ?? "")]
      }),
    APIFunction(
      "host.follow", "Makes errors of the hook that is running name the token at `at.index`.",
      parameters: [APIField("tokens", .object("tokens"), ""), APIField("at", .any("table"), "")],
      body: CurrentToken.start),
    APIFunction(
      "host.refuse", "Ends a rule because of what a function gave for one token.",
      parameters: [
        APIField("tokens", .object("tokens"), ""), APIField("index", .integer(1...Int.max), ""),
        APIField("culprit", .function("function"), ""), APIField("value", .any("any"), .optional(nil), ""),
      ],
      body: RuleObject.refuse),
  ]

  /// The tables of options, in the order of the stubs and of the reference page.
  static let optionTables: [APIOptions] = [
    model, evaluationOptions, keep, pretrain, lora, critic, referenceOptions, kl, finetune, classifierHead, headFit,
    classificationLoss, classify, addition, custom, split, chat,
  ]

  /// The types of host objects, except tensors, whose methods are in the tape's own table.
  static let objects: [APIObject] = [
    tokens, random, data, options, stage, taskObject, rule, CoefficientsObject.declaration, hierarchy,
    DocumentsObject.declaration, NumbersObject.declaration,
  ]

  private static let options = APIObject(
    name: OptionsObject.luaTypeName, doc: "The values that swerve.options declared, as `--set` left them. Read only.",
    fields: [], methods: [])
  private static let stage = APIObject(
    name: StageObject.luaTypeName, doc: "A stage of an experiment: return it, or start another one `from` it.",
    fields: [], methods: [])
  private static let taskObject = APIObject(
    name: TaskObject.luaTypeName, doc: "What a model learns.", fields: [], methods: [])
  private static let rule = APIObject(
    name: RuleObject.luaTypeName,
    doc: "A rule of swerve.rules. It can be called as a function of t, step, rng, state and metrics.",
    fields: [], methods: [])
}
