-- cispo, sapo and two_sided: what each makes of a ratio far from 1.
local cispo = require "swerve.losses.cispo"
local sapo = require "swerve.losses.sapo"
local two_sided = require "swerve.losses.two_sided"
local testing = require "swerve.testing"
local log = math.log

-- Tokens with these ratios and advantages; the old policy gave each of them e^-2.
local function batch(ratios, advantages, columns)
  local old, now = {}, {}
  for i, ratio in ipairs(ratios) do old[i], now[i] = -2, -2 + log(ratio) end
  local all = {
    old_logp = { old }, logp = { now }, ref_logp = { now }, advantage = { advantages }, clip_low = 0.25,
    clip_high = 0.25, entropy = 0,
  }
  for name, column in pairs(columns or {}) do all[name] = column end
  return testing.tokens(all)
end

local function coefficients(columns)
  local c = { entropy = 0, kl = 0, estimator = "k2", ratio = "token", aggregate = "tokens" }
  for name, value in pairs(columns or {}) do c[name] = value end
  return c
end

-- The weights are 1.25 (bounded), 0.5 and 1; the terms are -weight A log pi, and the gradient -weight A / 3.
testing.case("cispo weighs with a ratio that is bounded from above, and every token learns", function()
  local t = batch({ 4, 0.5, 1 }, { 2, -1, -1 })
  local gradient, loss, parts = testing.gradient(cispo, t, coefficients())
  testing.near(loss, (-2.5 * (log(4) - 2) + 0.5 * (log(0.5) - 2) + 1 * -2) / 3)
  testing.near(parts, { policy = loss, entropy = 0, kl = 0 })
  testing.near(gradient.logp, { { -2.5 / 3, 0.5 / 3, 1 / 3 } })
end)

-- With tau = log 3 for good tokens: at r = 2 the sigmoid is 3 / 4, at r = 1 it is 1 / 2. With tau = log 9 for bad ones
-- it is 1 / 4 at r = 1 / 2. The gate is 4 / tau times the sigmoid s, and its gradient 4 s (1 - s) r.
testing.case("sapo fades out on both sides, with a slope of 1 at the ratio 1", function()
  local t = batch({ 2, 1, 0.5 }, { 1, 2, -1 })
  local c = coefficients { tau_good = log(3), tau_bad = log(9) }
  local gradient, loss = testing.gradient(sapo, t, c)
  testing.near(loss, (-3 / log(3) - 4 / log(3) + 1 / log(9)) / 3)
  testing.near(gradient.logp, { { -1.5 / 3, -2 / 3, 0.375 / 3 } })
end)

-- min(min(r, 4) A, held A): 1.25, -3, -4 and 0.75 (-1): only the second and the fifth move.
testing.case("two_sided bounds a bad token's ratio at delta", function()
  local t = batch({ 1.5, 3, 8, 0.5, 0.5 }, { 1, -1, -1, -1, 1 })
  local gradient, loss = testing.gradient(two_sided, t, coefficients { delta = 4 })
  testing.near(loss, -(1.25 - 3 - 4 - 0.75 + 0.5) / 5)
  testing.near(gradient.logp, { { 0, 3 / 5, 0, 0, -0.5 / 5 } })
end)

-- d = log pi - log pi_ref is 1 and -2; w d^2 / 2 is 0.5 and 1.
testing.case("adds the penalty and subtracts the entropy in each loss", function()
  local c = coefficients { kl = 2, entropy = 3, delta = 4, tau_good = 1, tau_bad = 1 }
  for _, loss in ipairs { cispo, sapo, two_sided } do
    local t = batch({ 1, 1 }, { 0, 0 }, {
      ref_logp = { { -3, 0 } }, kl_weight = { { 1, 0.5 } }, entropy = { { 1, 2 } }, entropy_weight = { { 1, 2 } },
    })
    local gradient, value, parts = testing.gradient(loss, t, c)
    testing.near(parts, { policy = 0, entropy = 2.5, kl = 0.75 })
    testing.near(value, 2 * 0.75 - 3 * 2.5)
    testing.near(gradient.logp, { { 1, -1 } })
    testing.near(gradient.entropy, { { -1.5, -3 } })
  end
end)

testing.case("uses the policy's weights and the stage's aggregate in each loss", function()
  local c = coefficients { aggregate = "constant", aggregate_length = 8, delta = 4, tau_good = 1, tau_bad = 1 }
  for _, loss in ipairs { cispo, sapo, two_sided } do
    local t = batch({ 1, 1 }, { 1, -2 }, { policy_weight = { { 1, 0.5 } } })
    testing.near(testing.gradient(loss, t, c).logp, { { -1 / 8, 1 / 8 } })
  end
end)

testing.case("names a missing coefficient that a loss needs", function()
  testing.raises("c has no 'delta'", function() testing.gradient(two_sided, batch({ 1 }, { 1 }), coefficients()) end)
end)
