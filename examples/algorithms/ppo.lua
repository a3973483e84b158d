-- PPO: several epochs over the same episodes, with the ratio to the policy that generated them held in a range.
--
--   swerve run examples/algorithms/ppo.lua
--
-- Look at: loss/clipped, the share of tokens whose ratio left the range, and return, the mean reward.
local swerve = require "swerve"
local rules = require "swerve.rules"
local letters = require "letters"

return swerve.finetune {
  from = letters.reference, task = letters.task,
  algorithm = "ppo", clip = 0.2, clip_high = 0.28, epochs = 3,
  updates = 12, episodes = 64, minibatch = 32, gae_lambda = 1.0, normalize = "mean_std", lr = 1e-3,
  vf = 0.5, critic = { detach = true },
  kl = { coef = 0.05, estimator = "full", rule = rules.certainty { alpha = 10 } },
  eval = { every = 12, greedy = false, sets = { training = 200 } },
}
