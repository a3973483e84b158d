local testing = require "swerve.testing"
local rules = require "swerve.rules"

-- d = 1, -1, 2, 0: d * d / 2 = 0.5, 0.5, 2, 0
local function batch()
  return testing.tokens { logp = { { -1, -3 }, { -1, -2 } }, ref_logp = { { -2, -2 }, { -3, -2 } } }
end

testing.case("removes tokens beyond tau from every term", function()
  local w = testing.weights(rules.kl_mask { tau = 1 }, batch())
  testing.equal(w.policy, { { 1, 1 }, { 0, 1 } })
  testing.equal(w.kl, w.policy)
  testing.equal(w.entropy, w.policy)
  testing.equal(w.log.kept, 0.75)
end)

testing.case("keeps a token at tau", function()
  testing.equal(testing.weights(rules.kl_mask { tau = 0.5 }, batch()).policy, { { 1, 1 }, { 0, 1 } })
  testing.equal(testing.weights(rules.kl_mask { tau = 0.25 }, batch()).policy, { { 0, 0 }, { 0, 1 } })
end)
