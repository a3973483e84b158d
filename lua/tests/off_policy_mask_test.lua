local off_policy_mask = require "swerve.losses.off_policy_mask"
local testing = require "swerve.testing"

-- The means of old_logp - logp are 0.5, 0.5 and 0.25.
local function batch()
  return testing.tokens {
    logp = { { -2, -1 }, { -2, -1 }, { -1, -1 } }, old_logp = { { -1, -1 }, { -1, -1 }, { -0.75, -0.75 } },
    advantage = { { -1, 2 }, { 3, 4 }, { -1, -1 } },
  }
end

local function policy(t, c) return (-t.logp * t.advantage * t.policy_weight * c.scale):sum(), { rows = t.rows } end

testing.case("masks bad tokens of an answer that the policy has left", function()
  local masked = off_policy_mask { delta = 0.25, loss = policy }
  local gradient, loss, parts = testing.gradient(masked, batch(), { scale = 2 })
  -- -A scale, but 0 for the first token: the third answer is at delta, not beyond it.
  testing.equal(gradient, { logp = { { 0, -4 }, { -6, -8 }, { 2, 2 } } })
  testing.equal(loss, 2 * (2 + 6 + 4 - 1 - 1))
  testing.near(parts, { masked = 1 / 6, rows = 3 })
end)

testing.case("masks nothing on the policy that generated the tokens", function()
  local t = testing.tokens { logp = { { -2, -1 } }, advantage = { { -1, -1 } } }
  local _, _, parts = testing.gradient(off_policy_mask { delta = 0.25, loss = policy }, t, { scale = 1 })
  testing.equal(parts.masked, 0)
end)
