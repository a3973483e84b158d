-- testing itself: what it takes for equal, and what it says.
local testing = require "swerve.testing"

local function batch()
  return testing.tokens {
    logp = { { -1, -2 }, { -3 } }, logits = { { { 1, 2 }, { 3, 4 } }, { { 5, 6 } } }, text = { "ab", "é" }, value = 0.5,
  }
end

testing.case("compares tensors with rows and numbers", function()
  local t = batch()
  testing.equal(t.logp, { { -1, -2 }, { -3 } })
  testing.equal({ a = t.logp:sum() }, { a = -6 })
  testing.equal(t.logits, { { { 1, 2 }, { 3, 4 } }, { { 5, 6 } } })
  testing.equal(0 / 0, 0 / 0)
end)

testing.case("locates a difference", function()
  local t = batch()
  testing.raises("[2][1]: expected 4, found -3.0", function() testing.equal(t.logp, { { -1, -2 }, { 4 } }) end)
  testing.raises("[1][2]: expected nil, found -2.0", function() testing.equal(t.logp, { { -1 }, { -3 } }) end)
  testing.raises('["b"]: expected 1, found nil', function() testing.equal({ a = 1 }, { a = 1, b = 1 }) end)
  testing.raises("expected { 1, x = \"y\" }, found 1", function() testing.equal(1, { 1, x = "y" }) end)
  testing.raises("lua/tests/testing_test.lua:24: expected 2, found 1", function() testing.equal(1, 2) end)
end)

testing.case("near takes a distance, a share or steps", function()
  testing.near(1.0000001, 1)
  testing.near({ 1.25 }, { 1 }, { abs = 0.25 })
  testing.near(125, 100, { rel = 0.25 })
  testing.near(1 + 2 ^ -22, 1, { ulp = 2 })
  testing.near(-2 ^ -149, 2 ^ -149, { ulp = 2 })
  testing.raises("2.38e-07 apart, 2 ulp: expected 1, found 1.000000238418579", function()
    testing.near(1 + 2 ^ -22, 1, { ulp = 1 })
  end)
  testing.raises("expected 1, found inf", function() testing.near(math.huge, 1, { ulp = 100 }) end)
  testing.raises("expected 1, found nan", function() testing.near(0 / 0, 1) end)
end)

testing.case("raises wants an error with the text or the pattern", function()
  testing.equal(testing.raises("^no%d$", function() error("no1", 0) end), "no1")
  testing.raises('expected an error with "b", found "a"', function()
    testing.raises("b", function() error("a", 0) end)
  end)
  testing.raises('expected an error with "b", found none', function() testing.raises("b", function() end) end)
end)

testing.case("adds columns that follow from others", function()
  local t = batch()
  testing.equal({ t.count, t.rows, t:text(3) }, { 3, 2, "é" })
  testing.equal({ t.row, t.position, t.mask }, { { { 1, 1 }, { 2 } }, { { 1, 2 }, { 1 } }, { { 1, 1 }, { 1 } } })
  testing.equal({ t.old_logp, t.value, t.kl_weight }, { t.logp, { { 0.5, 0.5 }, { 0.5 } }, t.mask })
end)

testing.case("rejects columns that don't fit", function()
  testing.raises("there is no column 'lopg'; did you mean 'logp'?", function() testing.tokens { lopg = { { 1 } } } end)
  testing.raises("row 1 of column 'logp' must have 2 tokens, as 'entropy' has, got 1", function()
    testing.tokens { entropy = { { 1, 2 } }, logp = { { 1 } } }
  end)
  testing.raises("row 2 of column 'logp' must be a list of numbers, got 3 (number)", function()
    testing.tokens { logp = { { 1 }, 3 } }
  end)
  testing.raises("needs at least one column with a number for each token", function() testing.tokens { value = 1 } end)
end)

testing.case("checks a rule's answer as in training", function()
  testing.raises("the kl weight at row 1, position 2 .* must be at least 0, got %-1", function()
    testing.weights(function(t) return t:tensor { 0, -1, 0 } end, batch())
  end)
  testing.raises("unknown weight 'polcy'; did you mean 'policy'?", function()
    testing.weights(function() return { polcy = 1 } end, batch())
  end)
  testing.raises("there is no column 'kl_weight'", function()
    testing.weights(function(t) return t.kl_weight end, batch())
  end)
  local below = testing.weights(function() return -1 end, batch(), 1, { allow_negative = true })
  testing.equal(below.kl, { { -1, -1 }, { -1 } })
end)

testing.case("returns the gradient of the columns that the loss read", function()
  local function loss(t, c)
    return (t.logp:square() * c.a + t.value:detach() + t.logits:vocab_sum()):sum(), { v = t.value }
  end
  local gradient, value, parts = testing.gradient(loss, batch(), { a = 0.5 })
  testing.equal(gradient, {
    logp = { { -1, -2 }, { -3 } }, value = { { 0, 0 }, { 0 } }, logits = { { { 1, 1 }, { 1, 1 } }, { { 1, 1 } } },
  })
  testing.equal(value, 7 + 1.5 + 21)
  testing.equal(parts, { v = { { 0.5, 0.5 }, { 0.5 } } })
  testing.raises("c has no 'b'", function()
    testing.gradient(function(t, c) return t.logp:sum() * c.b end, batch(), {})
  end)
end)

testing.case("rejects what a rule remembers elsewhere than in state, as in training", function()
  local calls = 0
  local function rule()
    calls = calls + 1
    return calls
  end
  testing.raises("it changed upvalue 'calls', which the next call would see", function()
    testing.weights(rule, batch())
  end)
  local state = {}
  local function counts(_, _, _, memory)
    memory.calls = (memory.calls or 0) + 1
    return memory.calls
  end
  testing.weights(counts, batch(), 1, { state = state })
  testing.equal(testing.weights(counts, batch(), 2, { state = state }).kl, { { 2, 2 }, { 2 } })
end)
