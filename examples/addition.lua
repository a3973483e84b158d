-- The paper's experiment at the scale of two CPU cores: a model that adds numbers of up to 2 digits with a scratchpad is
-- fine-tuned to 3 digits by A2C, from success and failure alone; once with the usual, uniform KL penalty and once with
-- the prioritized one, which lets go of the reference exactly where the reference itself is unsure.
-- Vassoyan, Beau, Plaud, "Ignore the KL Penalty! Boosting Exploration on Critical Tokens to Enhance RL Fine-Tuning",
-- arXiv 2502.06533.
--
--   swerve run examples/addition.lua
--
-- Look at: success/plus1 before and after both stages, success/comfort (nothing should be forgotten), and
-- critical/plus1/*, the probability of the right character where the reference tends to drop a digit.
local swerve = require "swerve"
local anneal = require "swerve.anneal"
local rules = require "swerve.rules"

local o = swerve.options { updates = 16, episodes = 160, alpha = 20, kl = 1.0 }

local function finetune(name, rule)
  return swerve.finetune {
    name = name,
    from = "models/addition-2.safetensors",       -- made by examples/pretrain-addition.lua
    task = swerve.tasks.addition { comfort = 2, plus = 1 },
    algorithm = "a2c",
    updates = o.updates, episodes = o.episodes, minibatch = 32, temperature = 1.0,
    -- Without a good critic the whole return is the better signal, centred and scaled over the batch.
    gamma = 1.0, gae_lambda = 1.0, normalize = "mean_std",
    lr = 5e-5, beta2 = 0.99, vf = 0.5, entropy = 0.001, critic = { detach = true },
    kl = { coef = o.kl, estimator = "k2", temperature = 1.0, rule = rule },
    eval = { every = 8, sets = { comfort = 200, plus1 = 400 } },
  }
end

return {
  finetune("uniform", rules.uniform()),
  finetune("prioritized", rules.certainty { alpha = anneal.linear { from = 0, to = o.alpha, steps = 4 } }),
}
