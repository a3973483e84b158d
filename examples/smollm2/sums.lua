-- A real language model learns sums: SmolLM2-135M-Instruct is fine-tuned by GRPO under an exact KL penalty, once
-- uniform and once prioritized by the model's own certainty, on the same problems and random numbers.
--
--   make model                                   fetch the model, 98 MB, once
--   swerve run examples/smollm2/sums.lua
--   swerve report runs/sums-* -o sums.html
--
-- Look at: success/train over the updates of both stages, and the shaded tokens of the samples.
local swerve = require "swerve"
local rules = require "swerve.rules"

local o = swerve.options { updates = 4, kl = 0.05, alpha = 10, problems = 16, answers = 4, eval = 50 }
local base = "models/SmolLM2-135M-Instruct.Q4_1.gguf"

-- Two solved sums show the model what to do; the third is the problem.
local sums = swerve.tasks.custom {
  name = "sums",
  prompt = function(rng)
    local a, b = rng:within(10, 99), rng:within(10, 99)
    return { text = ("12 + 5 = 17\n8 + 31 = 39\n%d + %d ="):format(a, b), answer = tostring(a + b) }
  end,
  reward = function(problem, answer, finished)
    return finished and answer:match "^ *(%d+)$" == problem.answer and 1 or 0
  end,
  stop = "\n", limit = 6, longest_prompt = 40,
}

local function stage(name, rule)
  return swerve.finetune {
    name = name, from = base, task = sums, algorithm = "grpo",
    updates = o.updates, episodes = o.problems * o.answers, group = o.answers, minibatch = o.problems * o.answers,
    lr = 1e-5, kl = { coef = o.kl, estimator = "full", rule = rule },
    eval = { every = o.updates, sets = { training = o.eval }, greedy = true },
  }
end

return { stage("uniform"), stage("prioritized", rules.certainty { alpha = o.alpha }) }
