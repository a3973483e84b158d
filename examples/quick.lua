-- The smallest whole experiment: pre-train a tiny model on sums of one digit, then fine-tune it under the prioritized
-- KL penalty. It takes seconds and learns nothing worth having; the tests run it, and it is a place to start from.
--
--   swerve run examples/quick.lua
--
-- Look at: runs/.../metrics.jsonl, one line for each step.
local swerve = require "swerve"
local anneal = require "swerve.anneal"
local rules = require "swerve.rules"

local o = swerve.options { alpha = 20, kl = 1.0 }

local reference = swerve.pretrain {
  name = "reference",
  model = { layers = 2, heads = 2, width = 32, context = 256 },
  task = swerve.tasks.addition { comfort = 1 },
  steps = 30, batch = 8,
  lr = anneal.cosine { peak = 3e-3, warmup = 5, floor = 3e-4, steps = 30 },
}

return swerve.finetune {
  name = "prioritized",
  from = reference,
  task = swerve.tasks.addition { comfort = 1, plus = 1 },
  algorithm = "a2c",
  updates = 4, episodes = 8, minibatch = 4, temperature = 1.0, gae_lambda = 0.95,
  lr = 1e-4, vf = 0.1, entropy = 0.001,
  kl = { coef = o.kl, estimator = "k2", temperature = 2.0,
         rule = rules.certainty { alpha = anneal.linear { from = 0, to = o.alpha, steps = 4 } } },
  eval = { every = 2, sets = { comfort = 8, plus1 = 8 } },
}
