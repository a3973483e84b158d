local testing = require "swerve.testing"
local rules = require "swerve.rules"

testing.case("leaves more room above than below", function()
  local t = testing.tokens { logp = { { -1, -2 }, { -3 } } }
  local w = testing.weights(rules.clip_higher { low = 0.25, high = 0.5 }, t)
  testing.equal(w.clip_low, { { 0.25, 0.25 }, { 0.25 } })
  testing.equal(w.clip_high, { { 0.5, 0.5 }, { 0.5 } })
  testing.near(testing.weights(rules.clip_higher(), t).clip_high, { { 0.28, 0.28 }, { 0.28 } })
end)
