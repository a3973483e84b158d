-- REINFORCE without a critic: the return against the batch's mean, or against the mean of the other answers to the same
-- problem (leave one out).
--
--   swerve run examples/algorithms/reinforce.lua
--
-- Look at: return, the mean reward, over the updates of both stages.
local swerve = require "swerve"
local rules = require "swerve.rules"
local letters = require "letters"

local function stage(options)
  return swerve.finetune {
    name = options.name, from = letters.reference, task = letters.task,
    algorithm = "reinforce", advantage = options.advantage, group = options.group, normalize = options.normalize,
    updates = 12, episodes = 64, minibatch = 32, lr = 1e-3,
    kl = { coef = 0.05, estimator = "full", rule = rules.certainty { alpha = 10 } },
    eval = { every = 12, greedy = false, sets = { training = 200 } },
  }
end

return {
  stage { name = "against_the_batch", normalize = "mean" },
  stage { name = "leave_one_out", advantage = "leave_one_out", group = 8 },
}
