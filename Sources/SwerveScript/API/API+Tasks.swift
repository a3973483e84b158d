import LuaRuntime
import SwerveRL

// The options of the tasks.

extension ScriptAPI {
  static let addition = APIOptions(
    name: "swerve.AdditionOptions", doc: "Adding two whole numbers with a scratchpad, character by character.",
    fields: [
      APIField("comfort", .integer(1...15), "the most digits of an operand that pre-training shows, N"),
      APIField("plus", .integer(0...14), .integer(0), "K of the set plusK that fine-tuning trains on; 0: comfort"),
      APIField(
        "plus_share", .number(.closed(0, 1)), .number(0), "probability that a pre-training text is from plusK"),
      APIField(
        "hard_digits", .integerPair(1...15), .optional("comfort + plus"),
        "training draws the hard operand's length from {lo, hi}"),
      APIField(
        "lengths", .choice(AdditionTask.Lengths.allCases.map(\.rawValue)), .string("independent"),
        "of the operands of comfort problems, which pre-training shows. independent: each has 1 to `comfort` digits, so that "
          + "most problems are long; balanced: the longer one has 1 to `comfort` digits, all equally often, and the other as "
          + "many in half of the problems, else fewer"),
    ])

  private static let promptType = "fun(rng: swerve.Rng): string|{ text: string }"
  private static let textType = "fun(rng: swerve.Rng): string"
  private static let problemType = "string|table"
  private static let answerType = "fun(problem: \(problemType), answer: string, finished: boolean): "

  static let custom = APIOptions(
    name: "swerve.CustomTaskOptions",
    doc: "A task of your own: prompts that functions draw, and rewards that a function gives to answers.",
    fields: [
      APIField("name", .string, .string("custom"), "letters, digits and '_', for errors and plans"),
      APIField(
        "alphabet", .either([.string, .strings]), .optional("the tokens of the model that the stage starts from"),
        "every character of prompts and answers, once; a character is a token. A list is joined. Characters are Unicode's code "
          + "points, and texts are compared by them: é is one token or, with a combining accent, two"),
      APIField(
        "prompt", .function(promptType),
        "draws a problem of the set `training`: its prompt, or a table with the prompt as `text` and whatever else the other "
          + "functions are to know, of plain data. They get a copy of the table in place of the prompt"),
      APIField(
        "sets", .map(.function(promptType)), .optional("none"),
        "more problem sets for evaluations, such as { hard = function(rng) ... end }"),
      APIField(
        "solution", .function("fun(problem: \(problemType)): string"), .optional("none: nothing to pre-train on"),
        "the right answer, without `stop`"),
      APIField(
        "text", .function(textType), .optional("a prompt of `prompt`, its solution and `stop`"),
        "draws a whole text to pre-train on, `stop` included"),
      APIField(
        "reward", .function(answerType + "number"), .optional("1 if the answer is the solution, else 0"),
        "of an answer without its `stop`; finished: whether it had one"),
      APIField(
        "success", .function(answerType + "boolean"), .optional("a reward above 0"),
        "whether an answer counts in success/SET"),
      APIField(
        "critical", .function("fun(problem: \(problemType), answer: string, solution: string): integer[]"),
        .optional("none"),
        "positions in the answer, from 1 and rising, where the solution's character decides: the column `critical`. They count "
          + "characters, whatever the tokens are: the token that has the character is critical"),
      APIField(
        "stop", .either([.string, .strings]), .string("\n"),
        "an answer ends with this text, or any of several, at the token that completes it. It also ends at the token with which the "
          + "model ends a text, where it has one; with {} at nothing else"),
      APIField(
        "longest_prompt", .integer(1...65536), .integer(64),
        "tokens of the longest prompt, with those that the tokenizer begins every text with"),
      APIField("limit", .integer(1...65536), .integer(64), "tokens of the longest answer, `stop` included"),
    ])
}
