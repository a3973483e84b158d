import LuaRuntime
import SwerveRL
import SwerveTensor

extension ScriptAPI {
  static let tokens = APIObject(
    name: TokenColumns.luaTypeName, doc: "All generated tokens of a batch, text after text; columns are tensors.",
    fields: [
      ("count", "integer", "generated tokens in all texts"),
      ("rows", "integer", "texts"),
    ] + Column.all.map { ($0.name, "swerve.Tensor", $0.doc) },
    methods: [
      APIFunction(
        "tokens:numbers", "A column as a list of numbers.",
        parameters: [APIField("name", .string, "of the column")], results: [("number[]", "one for each token")],
        example: "local certainty = t:numbers \"certainty\"", body: TokenColumns.numbers),
      APIFunction(
        "tokens:tensor", "A column from a list of numbers.",
        parameters: [APIField("values", .numbers, "one for each token")], results: [("swerve.Tensor", "")],
        example: "return t:tensor(weights)     -- weights has t.count numbers", body: TokenColumns.tensor),
      APIFunction(
        "tokens:text", "The text of one token.",
        parameters: [APIField("index", .integer(1...Int.max), "of the token in the batch, from 1")],
        results: [("string", "")], body: TokenColumns.text),
    ])

  static let random = APIObject(
    name: RandomObject.luaTypeName,
    doc:
      "Random numbers of one call of a hook: the same for the same seed, purpose, step and row. Gone after the call.",
    fields: [],
    methods: [
      APIFunction(
        "rng:uniform", "A number in [0, 1), a multiple of 2^-24.", results: [("number", "")],
        body: { arguments, _ in try RandomObject.draw(arguments) { .number(Double($0.uniform())) } }),
      APIFunction(
        "rng:normal", "A standard normal number.", results: [("number", "")],
        body: { arguments, _ in try RandomObject.draw(arguments) { .number(Double($0.normal())) } }),
      APIFunction(
        "rng:below", "A whole number in 0..n-1.",
        parameters: [APIField("n", .integer(1...1 << 53), "how many numbers there are")],
        results: [("integer", "")],
        body: { arguments, _ in
          try RandomObject.draw(arguments) { .integer(Int64($0.below(arguments[1].asInteger))) }
        }),
      APIFunction(
        "rng:within", "A whole number in low..high.",
        parameters: [
          APIField("low", .integer(-(1 << 52)...1 << 52), "the least"),
          APIField("high", .integer(-(1 << 52)...1 << 52), "the largest"),
        ],
        results: [("integer", "")], body: RandomObject.within),
      APIFunction(
        "rng:column", "A column of numbers in [0, 1), one for each token, in order.",
        results: [("swerve.Tensor", "")], body: RandomObject.column),
    ])
}
