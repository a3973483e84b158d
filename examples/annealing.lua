-- Numbers that change over the steps: the library's curves, a function of your own, and one that remembers.
--
--   swerve plan examples/annealing.lua     draws every one of them; nothing is trained
--   swerve run examples/annealing.lua
--
-- Look at: lr, temperature, coef/entropy, coef/kl and rule/alpha in runs/.../metrics.jsonl.
local swerve = require "swerve"
local anneal = require "swerve.anneal"
local rules = require "swerve.rules"
local letters = require "algorithms.letters"

-- Keeps the divergence near 0.1 nats: more penalty above, less below (PPO's adaptive penalty, arXiv 1707.06347).
-- `metrics` are those of the step before; `state` is the only memory, and checkpoints save it.
local function hold_divergence(_, metrics, state)
  local kl = metrics["kl/full"]
  state.coef = state.coef or 0.1
  if kl and kl > 0.15 then state.coef = state.coef * 1.5 end
  if kl and kl < 0.07 then state.coef = state.coef / 1.5 end
  return state.coef
end

return swerve.finetune {
  from = letters.reference, task = letters.task,
  updates = 40, episodes = 64, minibatch = 32, normalize = "mean_std", vf = 0.5, critic = { detach = true },
  lr = anneal.warmup { steps = 3, into = anneal.cosine { peak = 1e-3, floor = 1e-4, steps = 37 } },
  temperature = anneal.linear { from = 1.2, to = 1.0, steps = 10 },
  -- Halved when the mean reward has not risen for four steps.
  entropy = anneal.plateau { start = 0.02, metric = "return", mode = "max", patience = 4 },
  kl = {
    coef = hold_divergence, estimator = "full",
    rule = rules.certainty { alpha = anneal.piecewise { points = { { 1, 0 }, { 5, 10 }, { 20, 20 } } } },
  },
  eval = { every = 40, greedy = false, sets = { training = 200 } },
}
