-- Metrics of your own: `log` sees the collected batch of each update as columns, and what it returns is recorded,
-- compared and shown like every other number, as log/NAME.
--
--   swerve run examples/logging.lua
--
-- Look at: log/unsure, log/best and log/kl/first in runs/.../metrics.jsonl.
local swerve = require "swerve"
local letters = require "algorithms.letters"

local function log(t, _, state)
  local reward = t.reward:row_sum():max():item()
  state.best = math.max(state.best or reward, reward)     -- `state` is kept between calls and in checkpoints
  return {
    unsure = t.entropy:gt(0.5):mean(),                    -- share of tokens with more than half a nat
    best = state.best,                                    -- the best answer so far
    ["kl/first"] = (t.kl_full * t.position:eq(1)):sum() / t.rows,
  }
end

return swerve.finetune {
  from = letters.reference, task = letters.task, log = log,
  updates = 20, episodes = 64, minibatch = 32, normalize = "mean_std", lr = 1e-3, vf = 0.5, critic = { detach = true },
  kl = { coef = 0.1, estimator = "full" },
  eval = { every = 20, greedy = false, sets = { training = 200 } },
}
