local testing = require "swerve.testing"
local rules = require "swerve.rules"

-- Of the first answer (sorted 1 2 3 4 5) the 0.75 quantile is at place 3: 4. Of the second (sorted 8 9) at place 0.75:
-- 8.75.
local function batch() return testing.tokens { entropy = { { 5, 1, 4, 2, 3 }, { 8, 9 } } } end

testing.case("treats tokens above the quantile of their own answer as reasoning", function()
  local w = testing.weights(
    rules.dual_token { share = 0.25, reasoning = { clip = 0.5, kl = 0 }, knowledge = { clip = 0.25, kl = 2 } }, batch())
  testing.equal(w.kl, { { 0, 2, 2, 2, 2 }, { 2, 0 } })
  testing.equal(w.clip_low, { { 0.5, 0.25, 0.25, 0.25, 0.25 }, { 0.25, 0.5 } })
  testing.equal(w.clip_high, w.clip_low)
  testing.equal(w.policy, nil)
end)

testing.case("uses the published numbers as defaults", function()
  local w = testing.weights(rules.dual_token(), batch())
  testing.equal(w.kl, { { 0, 1, 1, 1, 1 }, { 1, 0 } })
  testing.near(w.clip_high, { { 0.5, 0.2, 0.2, 0.2, 0.2 }, { 0.2, 0.5 } })
end)

testing.case("names a misspelt bound", function()
  testing.raises("unknown option 'klip' of rules.dual_token's reasoning; did you mean 'clip'?", function()
    rules.dual_token { reasoning = { klip = 1, kl = 0 } }
  end)
end)
