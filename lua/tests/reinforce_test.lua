local reinforce = require "swerve.reinforce"
local testing = require "swerve.testing"

-- Of the four tokens: -logp A w is 2, -1, 0, 4; w H is 1, 2, 1, 0; with d = 1, 0, -1, 1, w d^2 / 2 is 0.5, 0, 0, 0.25.
local function batch()
  return testing.tokens {
    logp = { { -1, -2, -1 }, { -0.5 } }, ref_logp = { { -2, -2, 0 }, { -1.5 } }, kl_weight = { { 1, 1, 0 }, { 0.5 } },
    advantage = { { 2, -1, 0 }, { 4 } }, policy_weight = { { 1, 0.5, 1 }, { 2 } },
    entropy = { { 1, 2, 1 }, { 3 } }, entropy_weight = { { 1, 1, 1 }, { 0 } },
  }
end

local function coefficients(aggregate, length)
  return { entropy = 0.25, kl = 2, estimator = "k2", aggregate = aggregate, aggregate_length = length }
end

testing.case("counts each token the same when it aggregates over tokens", function()
  local gradient, loss, parts = testing.gradient(reinforce, batch(), coefficients "tokens")
  testing.near(parts, { policy = 5 / 4, entropy = 1, kl = 0.75 / 4 })
  testing.near(loss, 5 / 4 - 0.25 + 2 * 0.75 / 4)
  testing.equal(gradient.logp, { { 0, 0.125, 0 }, { (-8 + 1) / 4 } })
end)

-- The sums of the first answer over 3, those of the second over 1, and both over 2.
testing.case("counts each answer the same when it aggregates over sequences", function()
  local gradient, loss, parts = testing.gradient(reinforce, batch(), coefficients "sequences")
  testing.near(parts, { policy = (1 / 3 + 4) / 2, entropy = 2 / 3, kl = (0.5 / 3 + 0.25) / 2 })
  testing.near(loss, (1 / 3 + 4) / 2 - 0.25 * 2 / 3 + 2 * (0.5 / 3 + 0.25) / 2)
  testing.near(gradient.logp, { { 0, 0.5 / 6, 0 }, { (-8 + 1) / 2 } })
end)

testing.case("divides sums by answers times aggregate_length when it aggregates over a constant", function()
  local gradient, loss, parts = testing.gradient(reinforce, batch(), coefficients("constant", 8))
  testing.near(parts, { policy = 5 / 16, entropy = 4 / 16, kl = 0.75 / 16 })
  testing.near(loss, 5 / 16 - 0.25 * 4 / 16 + 2 * 0.75 / 16)
  testing.near(gradient.logp, { { 0, 0.5 / 16, 0 }, { -7 / 16 } })
end)

testing.case("rejects an unknown aggregate", function()
  testing.raises("c.aggregate must be tokens, sequences or constant, got token", function()
    testing.gradient(reinforce, batch(), coefficients "token")
  end)
end)
