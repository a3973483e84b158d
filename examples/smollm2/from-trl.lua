-- What TRL's GRPOTrainer does by default, said in swerve: two-digit sums by GRPO with SmolLM2-135M-Instruct. The same
-- in Python is from_trl.py beside this file; docs/from-trl.md goes through both, option by option.
--
--   make model                                   fetch the model, 98 MB, once
--   swerve run examples/smollm2/from-trl.lua
--   swerve run examples/smollm2/from-trl.lua --set alpha=10      the prioritized KL penalty, which TRL does not have
--
-- Look at: return, kl/k3 and success/training in the last lines of the run's metrics.jsonl.
local swerve = require "swerve"
local anneal = require "swerve.anneal"
local rules = require "swerve.rules"

local o = swerve.options { model = "models/SmolLM2-135M-Instruct.Q4_1.gguf", updates = 4, alpha = 0 }

local sums = swerve.tasks.custom {
  name = "sums",
  prompt = function(rng)
    local a, b = rng:within(10, 99), rng:within(10, 99)
    return { text = ("12 + 5 = 17\n8 + 31 = 39\n%d + %d ="):format(a, b), answer = tostring(a + b) }
  end,
  -- Of one answer, up to the first new line. `finished`: it has one.
  reward = function(problem, answer, finished)
    return finished and answer:match "^ *(%d+)$" == problem.answer and 1 or 0
  end,
  stop = "\n", limit = 6, longest_prompt = 40,
}

return swerve.finetune {
  from = o.model, task = sums, algorithm = "grpo",
  updates = o.updates, episodes = 64, minibatch = 64, group = 4,    -- 16 prompts, 4 answers to each
  lr = anneal.linear { from = 1e-5, to = 1e-5 / o.updates, steps = o.updates },   -- "linear": falls towards 0
  max_grad_norm = 1, entropy = 0,
  aggregate = "tokens",                                             -- loss_type "dapo"
  kl = { coef = 0.05, estimator = "k3_unbiased",                    -- use_bias_correction_kl
         rule = rules.certainty { alpha = o.alpha } },              -- alpha 0: every token counts alike, as in TRL
  eval = { every = o.updates, sets = { training = 50 } },
}
