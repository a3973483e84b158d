-- The paper's experiment at the scale of two CPU cores: a model that adds numbers of up to 3 digits with a scratchpad
-- is fine-tuned to 4 digits by A2C, from success and failure alone; once with the usual, uniform KL penalty and once
-- with the prioritized one, which lets go of the reference exactly where the reference itself is unsure.
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

local o = swerve.options { updates = 10, episodes = 128, alpha = 100, kl = 2.5, lr = 1e-4 }

local function finetune(name, rule)
  return swerve.finetune {
    name = name,
    from = "models/addition-3.safetensors",       -- made by examples/pretrain-addition.lua
    task = swerve.tasks.addition { comfort = 3, plus = 1 },
    algorithm = "a2c",
    updates = o.updates, episodes = o.episodes, minibatch = 32, temperature = 1.0,
    -- So few updates make no good critic: the whole return, centred and scaled over the batch, is the better signal.
    gamma = 1.0, gae_lambda = 1.0, normalize = "mean_std", vf = 0.5, critic = { detach = true, lr = 1e-3 },
    lr = anneal.cosine { peak = o.lr, warmup = 1, floor = o.lr / 10, steps = o.updates }, beta2 = 0.99,
    entropy = 0.001,
    -- The exact divergence is a steadier pull than an estimate on the sampled token (k1, k2, k3; the paper's is k2).
    kl = { coef = o.kl, estimator = "full", temperature = 1.0, rule = rule },
    eval = { every = 5, greedy = false, sets = { comfort = 200, plus1 = 200 } },
  }
end

return {
  finetune("uniform", rules.uniform()),
  finetune("prioritized", rules.certainty { alpha = anneal.linear { from = 0, to = o.alpha, steps = 3 } }),
}
