local anneal = require "swerve.anneal"
local testing = require "swerve.testing"
local rules = require "swerve.rules"

local function batch()
  return testing.tokens {
    certainty = { { 0.5, 1 }, { 0.25, 0 } }, certainty_max_prob = 0.5, certainty_sample = { { 0, 1 }, { 0.5, 0.25 } },
  }
end

testing.case("raises the certainty to the power alpha", function()
  local w = testing.weights(rules.certainty { alpha = 2 }, batch())
  testing.equal(w.kl, { { 0.25, 1 }, { 0.0625, 0 } })
  testing.equal(w.log, { alpha = 2 })
end)

testing.case("gives the uniform penalty at alpha 0, also where the certainty is 0", function()
  testing.equal(testing.weights(rules.certainty { alpha = 0 }, batch()).kl, { { 1, 1 }, { 1, 1 } })
end)

-- c^2 + b (1 - c^2) with b = -0.5
testing.case("weighs by the intercept where the reference knows nothing", function()
  local w = testing.weights(rules.certainty { alpha = 2, intercept = -0.5 }, batch())
  testing.equal(w.kl, { { 0.25 - 0.375, 1 }, { 0.0625 - 0.46875, -0.5 } })
end)

testing.case("reads another column for another measure", function()
  local sample = rules.certainty { alpha = 1, measure = "sample" }
  testing.equal(testing.weights(sample, batch()).kl, { { 0, 1 }, { 0.5, 0.25 } })
  local largest = rules.certainty { alpha = 3, measure = "max_prob" }
  testing.equal(testing.weights(largest, batch()).kl, { { 0.125, 0.125 }, { 0.125, 0.125 } })
end)

testing.case("lets alpha follow a schedule", function()
  local rule = rules.certainty { alpha = anneal.linear { from = 0, to = 2, steps = 3 } }
  testing.equal(testing.weights(rule, batch(), 1).kl, { { 1, 1 }, { 1, 1 } })
  testing.equal(testing.weights(rule, batch(), 2).kl, { { 0.5, 1 }, { 0.25, 0 } })
  testing.equal(testing.weights(rule, batch(), 3).log.alpha, 2)
end)

testing.case("passes metrics and the rule's memory to a schedule of alpha", function()
  local rule = rules.certainty { alpha = anneal.plateau { start = 4, metric = "return", mode = "max", patience = 1 } }
  local state = {}
  local function alpha(step, reward)
    return testing.weights(rule, batch(), step, { state = state, metrics = { ["return"] = reward } }).log.alpha
  end
  testing.equal({ alpha(1), alpha(2, 0.5), alpha(3, 0.5), alpha(4, 0.75) }, { 4, 4, 2, 2 })
  testing.equal(state, { value = 2, best = 0.75, wait = 0 })
end)

testing.case("rejects a schedule that needs a memory where none is given", function()
  local rule = rules.certainty { alpha = anneal.plateau { start = 4, metric = "return" } }
  testing.raises("this schedule keeps a memory: pass on the `state`", function() rule(batch(), 1) end)
end)

testing.case("rejects what can't be an alpha", function()
  testing.raises("alpha of rules.certainty must be a number at least 0, got -1", function()
    testing.weights(rules.certainty { alpha = function() return -1 end }, batch())
  end)
  testing.raises("unknown option 'aplha' of rules.certainty; did you mean 'alpha'?", function()
    rules.certainty { aplha = 1 }
  end)
end)
