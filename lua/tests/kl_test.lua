local kl = require "swerve.kl"
local testing = require "swerve.testing"
local log = math.log

-- d = log pi - log pi_ref is log 2, 0 and -log 2; the policy that generated the tokens gave each a third of the
-- probability, so that the ratio is 3.
local function batch()
  local now = { -1, -2, -3 }
  return testing.tokens {
    logp = { now }, ref_logp = { { now[1] - log(2), now[2], now[3] + log(2) } },
    old_logp = { { now[1] - log(3), now[2] - log(3), now[3] - log(3) } }, kl_full = { { 1, 2, 3 } },
  }
end

local function estimate(estimator)
  local gradient, _, parts = testing.gradient(function(t)
    local k = kl(t, estimator)
    return k:sum(), { k = k }
  end, batch(), {})
  return parts.k, gradient
end

local k3 = { log(2) - 0.5, 0, 1 - log(2) }

testing.case("k1 is d", function()
  local k, gradient = estimate "k1"
  testing.near(k, { { log(2), 0, -log(2) } })
  testing.equal(gradient.logp, { { 1, 1, 1 } })
end)

testing.case("k2 is d^2 / 2, and its gradient d", function()
  local k, gradient = estimate "k2"
  testing.near(k, { { log(2) ^ 2 / 2, 0, log(2) ^ 2 / 2 } })
  testing.near(gradient.logp, { { log(2), 0, -log(2) } })
end)

testing.case("k3 is exp(-d) - 1 + d, and its gradient 1 - exp(-d)", function()
  local k, gradient = estimate "k3"
  testing.near(k, { k3 })
  testing.near(gradient.logp, { { 0.5, 0, -1 } })
end)

testing.case("full is the exact divergence", function()
  local k, gradient = estimate "full"
  testing.equal(k, { { 1, 2, 3 } })
  testing.equal(gradient, { kl_full = { { 1, 1, 1 } } })
end)

testing.case("k3_straight has the value of k3 and the gradient of k2", function()
  local k, gradient = estimate "k3_straight"
  testing.near(k, { k3 }, { abs = 1e-7 })
  testing.near(gradient.logp, { { log(2), 0, -log(2) } })
end)

-- r k3 with r = 3, and its gradient r (k3' + k3).
testing.case("k3_unbiased is k3 times the ratio to the policy that generated the token", function()
  local k, gradient = estimate "k3_unbiased"
  testing.near(k, { { 3 * k3[1], 0, 3 * k3[3] } })
  testing.near(gradient.logp, { { 3 * (0.5 + k3[1]), 0, 3 * (-1 + k3[3]) } }, { abs = 1e-6 })
end)

-- d = 2^-10: d^2 / 2 - d^3 / 6 + d^4 / 24, of which exp(-d) - 1 + d in single precision keeps one digit.
testing.case("k3 keeps its digits where d is small", function()
  local d = 2 ^ -10
  local t = testing.tokens { logp = { { -1, -1 } }, ref_logp = { { -1 - d, -1 + d } } }
  local expected = { d ^ 2 / 2 - d ^ 3 / 6 + d ^ 4 / 24, d ^ 2 / 2 + d ^ 3 / 6 + d ^ 4 / 24 }
  testing.near(kl(t, "k3"), { expected }, { ulp = 4 })
end)

testing.case("rejects an unknown estimator", function()
  testing.raises('got "k33" (string); did you mean', function() kl(batch(), "k33") end)
  testing.raises("got nil", function() kl(batch()) end)
end)
