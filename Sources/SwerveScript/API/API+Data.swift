import LuaRuntime
import SwerveText

extension ScriptAPI {
  static let split = APIOptions(
    name: "swerve.SplitOptions", doc: "How the records of a file are split into parts.",
    fields: [
      APIField(
        "by", .string, "the field whose hash says where a record belongs: text or a number, best a name of its own"),
      APIField(
        "parts", .map(.number(.above(0, to: 1))),
        "the share of each part by name, together at most 1; records beyond are in none"),
      APIField("seed", .integer(0...1 << 53), .integer(0), "another seed gives another split"),
    ])

  static let data = APIObject(
    name: DataObject.luaTypeName,
    doc:
      "The records of a file: `#data` of them, `data[i]` from 1. Each is a table of its own, so that changing it changes "
      + "nothing else. Whole numbers are integers, and null is absent. "
      + "Every value of a CSV file is text: `tonumber` makes a number of one.",
    fields: [],
    methods: [
      APIFunction(
        "data:draw", "A record that is drawn at random, each as likely as any other.",
        parameters: [APIField("rng", .object("rng"), "")],
        results: [("table", "the record"), ("integer", "its number")],
        example: "prompt = function(rng) return problems:draw(rng) end     -- records with a field `text`",
        body: DataObject.draw),
      APIFunction(
        "data:walk",
        "The record whose turn it is. The problems of a stage take the records one after the other, from step to step, so that "
          + "each epoch has every record once. Each epoch is shuffled by the seed; an evaluation has an order of its own, the same "
          + "each time.",
        parameters: [APIField("rng", .object("rng"), "that of `prompt`, of a function in `sets`, or of `text`")],
        results: [("table", "the record"), ("integer", "its number"), ("integer", "the epoch, from 1")],
        example: """
          prompt = function(rng)
            local record = problems:walk(rng)
            return { text = record.question .. "\\n", answer = record.answer }
          end
          """,
        body: DataObject.walk),
      APIFunction(
        "data:each", "The records in order, for a loop.",
        results: [("fun(): integer, table", "gives the number and the record")],
        example: "for i, record in problems:each() do longest = math.max(longest, #record.text) end",
        body: DataObject.each),
      APIFunction(
        "data:split",
        "Parts of the records, by name, each as `data` itself; their records are numbered from 1. Which part a record belongs to "
          + "follows from the field alone: it stays there when records are added, removed or sorted, and records with the same "
          + "value stay together. The hash is FNV-1a (64 bits) of the UTF-8 of SEED/VALUE, mixed by MurmurHash3's finalizer; its "
          + "upper 53 bits as a number in [0, 1) are compared with the shares, in the order of the names. Only while the script "
          + "loads.",
        parameters: [APIField("options", .options(split), "")],
        results: [("table<string, swerve.Data>", "the parts by name")],
        example: """
          local parts = problems:split { by = "id", parts = { train = 0.9, test = 0.1 } }
          print(#parts.train, #parts.test)
          """,
        body: DataObject.split),
    ])
}
