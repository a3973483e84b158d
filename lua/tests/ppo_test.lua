local ppo = require "swerve.ppo"
local testing = require "swerve.testing"
local log = math.log

-- Ratios 1.5, 1.5, 0.5, 0.5, 1 in [0.75, 1.25]. Of good tokens (A > 0) only what lies above counts as held, of bad ones
-- only what lies below.
local function batch(columns)
  local all = {
    old_logp = { { -1, -2, -1 }, { -3, -1 } },
    logp = { { -1 + log(1.5), -2 + log(1.5), -1 + log(0.5) }, { -3 + log(0.5), -1 } },
    advantage = { { 2, -1, -2 }, { 1, 4 } }, clip_low = 0.25, clip_high = 0.25,
    returns = 0, value = 0, entropy = 0, ref_logp = -1,
  }
  for name, column in pairs(columns or {}) do all[name] = column end
  return testing.tokens(all)
end

local function coefficients(columns)
  local c = {
    vf = 0, entropy = 0, kl = 0, estimator = "k2", ratio = "token", aggregate = "tokens", value_loss = "plain",
  }
  for name, value in pairs(columns or {}) do c[name] = value end
  return c
end

-- min(r A, held A) is 1.25 2, -1.5, 0.75 (-2), 0.5, 4: the sum is 4.
testing.case("clips a good token above the range and a bad one below it", function()
  local gradient, loss, parts = testing.gradient(ppo, batch(), coefficients())
  testing.near(loss, -4 / 5)
  testing.near({ parts.policy, parts.clipped }, { -4 / 5, 4 / 5 })
  -- -r A / 5 where the ratio counts, 0 where it is held.
  testing.near(gradient.logp, { { 0, 1.5 / 5, 0 }, { -0.5 / 5, -4 / 5 } })
end)

-- Ranges below and above, token by token: the first is held at 1.125, the third at 0.5, where r is, the fifth at 1.
testing.case("takes ranges and weights from columns", function()
  local t = batch {
    clip_low = { { 0.25, 0.25, 0.5 }, { 0.25, 0 } }, clip_high = { { 0.125, 0.75, 0.25 }, { 0.25, 0 } },
    policy_weight = { { 1, 2, 1 }, { 0, 1 } },
  }
  local gradient, loss = testing.gradient(ppo, t, coefficients())
  testing.near(loss, -(2.25 - 3 - 1 + 0 + 4) / 5)
  testing.near({ gradient.logp[1][1], gradient.logp[1][2], gradient.logp[2][1] }, { 0, 3 / 5, 0 })
end)

-- The means over the answers' own tokens: (2.5 - 1.5 - 1.5) / 3 and (0.5 + 4) / 2.
testing.case("counts each answer the same when it aggregates over sequences", function()
  local gradient, loss = testing.gradient(ppo, batch(), coefficients { aggregate = "sequences" })
  testing.near(loss, -(-0.5 / 3 + 4.5 / 2) / 2)
  testing.near(gradient.logp, { { 0, 1.5 / 6, 0 }, { -0.5 / 4, -4 / 4 } })
end)

-- d is log 2, 0: the geometric mean of the ratios is sqrt 2; the bad answer's tokens are not held above.
testing.case("gives each token of a sequence the same ratio", function()
  local t = testing.tokens {
    old_logp = { { -1, -2 } }, logp = { { -1 + log(2), -2 } }, advantage = { { -1, -3 } }, clip_low = 0.25,
    clip_high = 0.25, returns = 0, value = 0, entropy = 0, ref_logp = -1,
  }
  local gradient, loss = testing.gradient(ppo, t, coefficients { ratio = "sequence" })
  testing.near(loss, 2 ^ 0.5 * 2)
  testing.near(gradient.logp, { { 2 ^ 0.5, 2 ^ 0.5 } })
end)

-- (return - value)^2 is 1, 4, 0.25; the estimate held at most 0.5 from the old one has 2.25, 2.25, 0.25.
testing.case("takes the larger of two errors for a clipped critic", function()
  local t = testing.tokens {
    logp = { { -1, -1, -1 } }, advantage = 0, clip_low = 0.25, clip_high = 0.25, entropy = 0, ref_logp = -1,
    old_value = { { 1, 1, 1 } }, value = { { 2, 2, 1.5 } }, returns = { { 3, 0, 1 } },
  }
  local gradient, loss, parts =
    testing.gradient(ppo, t, coefficients { vf = 3, value_loss = "clipped", value_clip = 0.5 })
  testing.near({ loss, parts.value }, { 2.25 + 4 + 0.25, 6.5 / 3 })
  testing.near({ gradient.value[1][1], gradient.value[1][2] }, { 0, 4 })
  local plain = testing.gradient(ppo, t, coefficients { vf = 3 })
  testing.near(plain.value, { { -2, 4, 1 } })
end)

-- d = 1, -1 and w = 1, 2: w d^2 / 2 is 0.5, 1, and its gradient w d.
testing.case("adds the penalty and subtracts the entropy", function()
  local t = testing.tokens {
    logp = { { -1, -2 } }, ref_logp = { { -2, -1 } }, kl_weight = { { 1, 2 } }, advantage = 0, clip_low = 0.25,
    clip_high = 0.25, entropy = { { 1, 3 } }, entropy_weight = { { 1, 0.5 } }, returns = 0, value = 0,
  }
  local gradient, loss, parts = testing.gradient(ppo, t, coefficients { kl = 4, entropy = 2 })
  testing.near(parts, { policy = 0, value = 0, entropy = 1.25, kl = 0.75, clipped = 0 })
  testing.near(loss, 4 * 0.75 - 2 * 1.25)
  testing.near(gradient.logp, { { 2, -4 } })
  testing.near(gradient.entropy, { { -1, -0.5 } })
end)
