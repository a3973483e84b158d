-- Over which range of alpha does the prioritized penalty help? The experiment of examples/addition.lua with one
-- exponent for each member of a sweep; alpha = 0 is the uniform penalty.
--
--   swerve sweep examples/paper/alpha.lua --grid alpha=0,2,5,10,20,50,100 --seeds 11..15
--   swerve report runs/sweep-alpha-... -o alpha.html
local swerve = require "swerve"
local anneal = require "swerve.anneal"
local rules = require "swerve.rules"

local o = swerve.options { alpha = 20, updates = 10, episodes = 128, kl = 2.5, lr = 1e-4 }

return swerve.finetune {
  name = "prioritized",
  from = "models/addition-3.safetensors",
  task = swerve.tasks.addition { comfort = 3, plus = 1 },
  updates = o.updates, episodes = o.episodes, minibatch = 32, temperature = 1.0,
  gamma = 1.0, gae_lambda = 1.0, normalize = "mean_std", vf = 0.5, critic = { detach = true, lr = 1e-3 },
  lr = anneal.cosine { peak = o.lr, warmup = 1, floor = o.lr / 10, steps = o.updates }, beta2 = 0.99,
  entropy = 0.001,
  kl = { coef = o.kl, estimator = "full", rule = rules.certainty { alpha = o.alpha } },
  eval = { every = 5, greedy = false, sets = { comfort = 200, plus1 = 200 } },
}
