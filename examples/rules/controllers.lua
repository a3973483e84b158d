-- Coefficients that answer to what training does, and some that only follow the step.
--
--   swerve run examples/rules/controllers.lua
--
-- Look at: coef/kl beside kl/k3, and coef/entropy beside entropy, step by step.
local anneal = require "swerve.anneal"
local control = require "swerve.control"
local words = require "words"

local function stage(name, coef, entropy)
  return words.stage(name, { updates = 5, entropy = entropy, kl = { coef = coef, estimator = "k3" } })
end

return {
  -- The horizon is short, so that five updates show it.
  stage("adaptive-kl", control.adaptive_kl {
    start = 1, target = 0.02, horizon = 32, episodes = 16, metric = "kl/k3",
  }, 0),
  stage("adaptive-entropy", 0.1, control.adaptive_entropy { target = 0.38, delta = 0.01 }),
  stage("annealed", anneal.cosine { peak = 2, floor = 0.1, steps = 5, warmup = 1 }, anneal.linear {
    from = 0.01, to = 0, steps = 5,
  }),
  stage("plateau", anneal.plateau { start = 1, metric = "return", mode = "max", patience = 1 }, 0),
}
