import LuaRuntime

extension ScriptAPI {
  static let data = APIObject(
    name: DataObject.luaTypeName,
    doc:
      "The records of a file: `#data` of them, `data[i]` from 1. Each is a table of its own, so that changing it changes "
      + "nothing else. Whole numbers are integers, and null is absent.",
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
    ])
}
