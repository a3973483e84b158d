-- $ swerve sweep sweep-halving-before-evaluation.lua --grid kl=1,2 --halving metric=success/hard,steps=1:4
-- Halving at a step before the metric is measured.
local swerve = require "swerve"

local letters = swerve.tasks.custom {
  name = "first_letter",
  alphabet = "abh>.", stop = ".", longest_prompt = 4, limit = 3,
  prompt = function(rng) return rng:below(2) == 0 and "ab>" or "ba>" end,
  sets = { hard = function(rng) return "hab>" end },
  solution = function(prompt) return prompt:sub(1, 1) end,
}
local o = swerve.options { lr = 1e-4, kl = 1, estimator = "k2" }

local reference = swerve.pretrain {
  model = { layers = 1, heads = 1, width = 8, context = 16 },
  task = letters, steps = 1, batch = 2, lr = 1e-3,
}

return swerve.finetune {
  from = reference, task = letters,
  updates = 8, episodes = 2, minibatch = 2, lr = o.lr, kl = { coef = o.kl, estimator = o.estimator },
  eval = { every = 2, sets = { hard = 4 } },
}
