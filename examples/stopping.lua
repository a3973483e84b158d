-- Stopping early, and keeping the best step: pre-training ends when the model is good enough to be taught by rewards,
-- and fine-tuning when its evaluations have stopped to improve. Its result is not what the last update made, but the
-- weights that did best.
--
--   swerve run examples/stopping.lua
--
-- Look at: "stopped", which names steps and reasons, and the column AFTER finetune, whose step is that of the best
-- evaluation. swerve show RUN says both, too.
local swerve = require "swerve"
local stop = require "swerve.stop"
local letters = require "algorithms.letters"

local reference = swerve.pretrain {
  task = letters.task, model = { layers = 2, heads = 2, width = 32, context = 12, positions = "rotary" },
  steps = 1000, batch = 16, lr = 3e-3,
  stop_when = stop.reached { metric = "success/training", value = 0.3 },
  eval = { every = 25, greedy = false, sets = { training = 200 } },
}

return swerve.finetune {
  from = reference, task = letters.task, algorithm = "grpo",
  updates = 100, episodes = 64, minibatch = 64, lr = 2e-3, kl = { coef = 0.02 },
  keep = { best = "success/training" },
  stop_when = stop.plateau { metric = "success/training", patience = 3 },
  eval = { every = 5, greedy = false, sets = { training = 200 } },
}
