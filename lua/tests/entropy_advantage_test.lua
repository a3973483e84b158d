local testing = require "swerve.testing"
local rules = require "swerve.rules"

-- alpha H = 0.5, 2, 0.5, 1; abs(A) / 2 = 2, 1, 1, 0; the bonus is 0.5, 1, 0.5, 0.
local function batch()
  return testing.tokens { advantage = { { 4, -2 }, { -2, 0 } }, entropy = { { 1, 4 }, { 1, 2 } } }
end

testing.case("turns A into A plus the bonus", function()
  local w = testing.weights(rules.entropy_advantage { alpha = 0.5 }, batch())
  testing.equal(w.policy, { { 1.125, 0.5 }, { 0.75, 1 } })
  testing.equal(w.kl, { { 1, 1 }, { 1, 1 } })
end)

testing.case("never changes the sign of an advantage", function()
  local w = testing.weights(rules.entropy_advantage { alpha = 1000, kappa = 4 }, batch())
  testing.equal(w.policy, { { 1.25, 0.75 }, { 0.75, 1 } })
  testing.raises("option 'kappa' must be above 1, got 1 (number)", function() rules.entropy_advantage { kappa = 1 } end)
end)
