local grpo = require "swerve.grpo"
local testing = require "swerve.testing"
local log = math.log

-- The first answer is good, the second bad. Ratios 1.5, 1, 0.5 and 2 in [0.75, 1.25]; d = log pi - log pi_ref is log 2,
-- 0, 0 and -log 2.
local function batch(columns)
  local all = {
    old_logp = { { -1, -2, -1 }, { -3 } },
    logp = { { -1 + log(1.5), -2, -1 + log(0.5) }, { -3 + log(2) } },
    ref_logp = { { -1 + log(0.75), -2, -1 + log(0.5) }, { -3 + log(4) } },
    advantage = { { 1, 1, 1 }, { -1 } }, clip_low = 0.25, clip_high = 0.25, entropy = { { 1, 2, 3 }, { 4 } },
  }
  for name, column in pairs(columns or {}) do all[name] = column end
  return testing.tokens(all)
end

local function coefficients(columns)
  local c = { entropy = 0, kl = 0, estimator = "k3", ratio = "token", aggregate = "sequences" }
  for name, value in pairs(columns or {}) do c[name] = value end
  return c
end

-- min(r A, held A) is 1.25, 1, 0.5 and -2.
testing.case("counts each answer the same, as published", function()
  local gradient, loss, parts = testing.gradient(grpo, batch(), coefficients())
  testing.near(loss, -(2.75 / 3 - 2) / 2)
  testing.near(gradient.logp, { { 0, -1 / 6, -0.5 / 6 }, { 1 } })
  testing.near(parts.clipped, 3 / 4)
end)

testing.case("counts each token the same, as in DAPO", function()
  local gradient, loss = testing.gradient(grpo, batch(), coefficients { aggregate = "tokens" })
  testing.near(loss, -0.75 / 4)
  testing.near(gradient.logp, { { 0, -1 / 4, -0.5 / 4 }, { 2 / 4 } })
end)

testing.case("divides sums by a constant, as in Dr. GRPO", function()
  local constant = coefficients { aggregate = "constant", aggregate_length = 5 }
  local gradient, loss = testing.gradient(grpo, batch(), constant)
  testing.near(loss, -0.75 / 10)
  testing.near(gradient.logp, { { 0, -1 / 10, -0.5 / 10 }, { 2 / 10 } })
end)

-- The geometric mean of 1.5, 1, 0.5 is 0.75^(1/3) = 0.9086, in the range; that of the one token is its own.
testing.case("gives an answer one ratio, as in GSPO", function()
  local gradient, loss, parts = testing.gradient(grpo, batch(), coefficients { ratio = "sequence" })
  local r = 0.75 ^ (1 / 3)
  testing.near(loss, -(r - 2) / 2)
  testing.near(gradient.logp, { { -r / 6, -r / 6, -r / 6 }, { 1 } })
  testing.near(parts.clipped, 1 / 4)
end)

-- k3 = exp(-d) - 1 + d is log 2 - 0.5, 0, 0 and 1 - log 2, and its gradient 1 - exp(-d) is 0.5, 0, 0, -1.
testing.case("adds the penalty and subtracts the entropy", function()
  local _, loss, parts = testing.gradient(grpo, batch(), coefficients { kl = 3, entropy = 0.5 })
  local penalty = ((log(2) - 0.5) / 3 + 1 - log(2)) / 2
  testing.near({ parts.kl, parts.entropy }, { penalty, (2 + 4) / 2 }, { rel = 1e-5 })
  testing.near(loss, -(2.75 / 3 - 2) / 2 + 3 * penalty - 0.5 * 3, { rel = 1e-5 })
  -- The gradient of the penalty alone.
  local with, without = coefficients { kl = 3 }, coefficients()
  local a, b = testing.gradient(grpo, batch(), with).logp, testing.gradient(grpo, batch(), without).logp
  testing.near({ a[1][1] - b[1][1], a[1][2] - b[1][2], a[2][1] - b[2][1] }, { 3 * 0.5 / 6, 0, -3 / 2 }, { abs = 1e-6 })
end)

testing.case("weighs each term token by token with a rule", function()
  local t = batch {
    policy_weight = { { 2, 0, 1 }, { 0.5 } }, kl_weight = { { 0, 1, 1 }, { 0.5 } },
    entropy_weight = { { 0, 0, 1 }, { 2 } },
  }
  local _, _, parts = testing.gradient(grpo, t, coefficients { aggregate = "tokens" })
  testing.near({ parts.policy, parts.kl, parts.entropy }, { -2 / 4, (1 - log(2)) / 8, 11 / 4 }, { rel = 1e-5 })
end)
