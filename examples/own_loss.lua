-- A loss of your own, in plain Lua over columns that differentiate: bad answers push half as hard as good ones pull.
--
--   swerve run examples/own_loss.lua
--   swerve run examples/own_loss.lua --set push=1      the usual policy gradient
--
-- Look at: loss/pull and loss/push, the two parts that the function returns for the log, and return.
local swerve = require "swerve"
local letters = require "algorithms.letters"

local o = swerve.options { push = 0.5 }

-- t: columns over the minibatch's tokens. c: this step's numbers, with those of `coefficients`.
local function loss(t, c)
  local good = t.advantage:gt(0)
  local gain = t.logp * t.advantage
  local pull, push = -(gain * good):mean(), -(gain * (1 - good)):mean()
  local value = (t.returns - t.value):square():mean()
  local penalty = t.kl_full:mean()
  return pull + c.push * push + c.vf * value + c.kl * penalty, { pull = pull, push = push, value = value, kl = penalty }
end

return swerve.finetune {
  from = letters.reference, task = letters.task, loss = loss, coefficients = { push = o.push },
  updates = 60, episodes = 64, minibatch = 32, normalize = "mean_std", lr = 1e-3,
  vf = 0.5, critic = { detach = true }, kl = { coef = 0.05, estimator = "full" },
  eval = { every = 60, greedy = false, sets = { training = 200 } },
}
