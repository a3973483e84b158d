local testing = require "swerve.testing"
local rules = require "swerve.rules"

-- Sorted: 0 1 2 3 4 5. The 0.8 quantile is at place 0.8 * 5 = 4: the value 4.
local function batch() return testing.tokens { entropy = { { 0, 5, 2 }, { 4, 1, 3 } } } end

testing.case("trains the fifth of tokens with the largest entropy", function()
  local w = testing.weights(rules.high_entropy {}, batch())
  testing.equal(w.policy, { { 0, 1, 0 }, { 1, 0, 0 } })
  testing.equal(w.kl, { { 1, 1, 1 }, { 1, 1, 1 } })
  testing.near(w.log.threshold, 4)
end)

-- Place 0.5 * 5 = 2.5: halfway between 2 and 3.
testing.case("takes the share and the weight of the others as options", function()
  local w = testing.weights(rules.high_entropy { share = 0.5, low = 0.25 }, batch())
  testing.equal(w.policy, { { 0.25, 1, 0.25 }, { 1, 0.25, 1 } })
  testing.equal(w.log.threshold, 2.5)
end)

testing.case("rejects a share outside (0, 1)", function()
  testing.raises("option 'share' must be a number in (0, 1), got 1 (number)", function()
    rules.high_entropy { share = 1 }
  end)
end)
