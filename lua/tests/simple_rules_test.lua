local testing = require "swerve.testing"
local rules = require "swerve.rules"

local function batch()
  return testing.tokens { logp = { { -1, -2 }, { -3 } }, critical = { { 0, 1 }, { 0 } }, text = { "ab", "+" } }
end

testing.case("uniform weighs every token 1", function()
  testing.equal(testing.weights(rules.uniform(), batch()).kl, { { 1, 1 }, { 1 } })
end)

testing.case("oracle tells critical tokens from others", function()
  testing.equal(testing.weights(rules.oracle {}, batch()).kl, { { 1, 0 }, { 1 } })
  testing.equal(testing.weights(rules.oracle { inside = -0.5, outside = 2 }, batch()).kl, { { 2, -0.5 }, { 2 } })
end)

testing.case("each sees a token's numbers and text, and the step", function()
  local rule = rules.each(function(tok, step) return tok.text == "+" and step or -tok.logp end)
  testing.equal(testing.weights(rule, batch(), 7).kl, { { 1, 2 }, { 7 } })
end)

testing.case("each passes on memory and metrics", function()
  local rule = rules.each(function(_, _, _, state, metrics)
    state.count = (state.count or 0) + 1
    return state.count * metrics.scale
  end)
  local state = { count = 10 }
  local moment = { state = state, metrics = { scale = 2 } }
  testing.equal(testing.weights(rule, batch(), 1, moment).kl, { { 22, 24 }, { 26 } })
  testing.equal(state.count, 13)
end)

testing.case("rejects a rule that is not there", function()
  testing.raises("swerve.rules has no 'high_entrpy'; did you mean 'high_entropy'?", function()
    return rules.high_entrpy
  end)
end)
