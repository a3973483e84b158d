/// The files of a starter experiment.
enum StarterFiles {
  /// - Parameter name: the name of the experiment and of its script.
  /// - Returns: paths relative to the new folder, with texts.
  static func make(_ name: String) -> [(path: String, text: String)] {
    [
      ("\(name).lua", script(name)), ("rule.lua", rule), ("rule_test.lua", ruleTest), ("README.md", readme(name)),
      ("golden/README.md", golden(name)), (".luarc.json", editorSettings),
      (".gitignore", "/runs/\n*.new.jsonl\n*.new.txt\n"),
    ]
  }

  /// The folder of the copies of stubs and library, which only editors use.
  static let editorFolder = ".swerve"

  private static func script(_ name: String) -> String {
    """
    -- A tiny model learns to write words of up to three letters backwards, and is then fine-tuned by reinforcement on
    -- words of four, under a KL penalty that rule.lua weighs token by token. In about ten seconds its success on four
    -- letters grows from a quarter to three quarters. Change it into yours.
    --
    --   swerve run \(name).lua --set alpha=5
    local swerve = require "swerve"
    local anneal = require "swerve.anneal"
    local rules = require "swerve.rules"
    local weigh = require "rule"

    -- What --set can change.
    local o = swerve.options { steps = 200, updates = 250, lr = 4e-4, kl = 0.05, alpha = 10 }

    local function word(rng, letters)
      local text = ""
      for _ = 1, letters do text = text .. string.char(rng:within(97, 101)) end
      return text .. ">"
    end

    -- Gives "dcba" and the end of a text for the prompt "abcd>"; the reward is 1 for the whole right answer.
    local function backwards(training)
      return swerve.tasks.custom {
        name = "backwards",
        alphabet = "abcde>\\n", longest_prompt = 5, limit = 7,
        prompt = training,
        solution = function(prompt) return prompt:sub(1, -2):reverse() end,
        sets = { three = function(rng) return word(rng, 3) end, four = function(rng) return word(rng, 4) end },
      }
    end

    -- One word of twenty has four letters, so that reinforcement has some success to begin with.
    local reference = swerve.pretrain {
      name = "reference",
      model = { layers = 2, heads = 4, width = 64, context = 16, positions = "rotary" },
      task = backwards(function(rng) return word(rng, rng:below(20) == 0 and 4 or rng:within(1, 3)) end),
      steps = o.steps, batch = 48,
      lr = anneal.cosine { peak = 3e-3, warmup = 5, floor = 3e-4, steps = o.steps },
    }

    -- Grows from 0, the uniform penalty.
    local alpha = anneal.linear { from = 0, to = o.alpha, steps = o.updates }

    return swerve.finetune {
      name = "tuned",
      from = reference,
      task = backwards(function(rng) return word(rng, 4) end),
      algorithm = "grpo", advantage = "group", group = 8, normalize = "group_std",
      updates = o.updates, episodes = 128, minibatch = 64,
      lr = anneal.linear { from = o.lr, to = o.lr / 10, steps = o.updates },
      kl = { coef = o.kl, rule = rules.each(function(tok, step) return weigh(tok.certainty, alpha(step)) end) },
      eval = { every = 50, greedy = false, sets = { three = 200, four = 200 } },
    }

    """
  }

  private static let rule = """
    -- How much the KL penalty weighs at a token.

    ---Near 1 where the reference is certain, near 0 where it is not: there the policy is free to explore.
    ---@param certainty number of the reference before the token, in [0, 1]
    ---@param alpha number at least 0; 0 weighs every token 1
    ---@return number weight in [0, 1]
    return function(certainty, alpha)
      return certainty ^ alpha
    end

    """

  private static let ruleTest = """
    -- swerve test rule_test.lua
    local testing = require "swerve.testing"
    local weigh = require "rule"

    testing.case("a certain token is held as usual, and one that nothing is known of is free", function()
      testing.equal(weigh(1, 10), 1)
      testing.equal(weigh(0, 10), 0)
    end)

    testing.case("alpha 0 is the uniform penalty, and a larger alpha frees more", function()
      testing.equal(weigh(0.3, 0), 1)
      for step = 1, 20 do
        assert(weigh(0.5, step) < weigh(0.5, step - 1), "step " .. step)
      end
    end)

    """

  private static func readme(_ name: String) -> String {
    """
    # \(name)

        swerve check \(name).lua      find mistakes without running
        swerve plan \(name).lua       estimate of the cost, and every schedule drawn
        swerve run \(name).lua        train, and record into runs/
        swerve test                  the unit test of rule.lua, and golden files once there are some

    `swerve bless runs/NAME --reason "first"` makes a run the golden of its script. Editors with the Lua language server
    complete and check the API: `.luarc.json` points them to `\(editorFolder)/lua`, copies that nothing runs.

    """
  }

  private static func golden(_ name: String) -> String {
    """
    Golden files: `\(name).jsonl` is what `\(name).lua` must give, to the last bit. `swerve bless RUN --reason TEXT` writes it.

    """
  }

  private static let editorSettings = """
    {
      "$schema": "https://raw.githubusercontent.com/LuaLS/vscode-lua/master/setting/schema.json",
      "runtime.version": "Lua 5.4",
      "runtime.path": ["?.lua", "?/init.lua", "\(editorFolder)/lua/?.lua", "\(editorFolder)/lua/?/init.lua"],
      "runtime.pathStrict": false,
      "workspace.library": ["\(editorFolder)/lua"],
      "workspace.checkThirdParty": false,
      "workspace.ignoreDir": ["runs"],
      "runtime.builtin": { "io": "disable", "os": "disable", "debug": "disable" }
    }

    """
}
