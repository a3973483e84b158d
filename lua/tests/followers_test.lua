-- Rules that followed the prioritized penalty, each against numbers worked out by hand or a plain loop.
local rules = require "swerve.rules"
local testing = require "swerve.testing"

testing.case("centered_kl moves advantages by the distance from the mean distance", function()
  -- d = 0.5, -0.5, 1.5, 0.5; their mean is 0.5.
  local t = testing.tokens {
    logp = { { -1, -2 }, { -0.5, -1 } }, ref_logp = { { -1.5, -1.5 }, { -2, -1.5 } },
    advantage = { { 1, 1 }, { -2, 0 } },
  }
  local w = testing.weights(rules.centered_kl { coef = 0.5 }, t)
  testing.equal(w.advantage, { { 1, 1.5 }, { -2.5, 0 } })
  testing.equal(w.kl, { { 1, 1 }, { 1, 1 } })
  testing.equal(testing.weights(rules.centered_kl { coef = 0 }, t).advantage, { { 1, 1 }, { -2, 0 } })
end)

-- Three groups of two answers; the second has equal rewards. D = 1, 3; 5, 5; 0, 2.
local function groups()
  return testing.tokens {
    problem = { { 1, 1 }, { 1 }, { 2 }, { 2 }, { 3 }, { 3, 3 } },
    advantage = { { 0.5, 0.5 }, { -0.5 }, { 0 }, { 0 }, { -0.25 }, { 0.25, 0.25 } },
    kl_full = { { 0, 2 }, { 3 }, { 5 }, { 1 }, { 0 }, { 1, 3 } },
  }
end

testing.case("zcpo counts distances within a group and skips groups of equal rewards", function()
  local w = testing.weights(rules.zcpo { beta = 2 }, groups())
  testing.equal(w.advantage, { { 1 + 2, 1 + 2 }, { -1 - 2 }, { 0 }, { 0 }, { -1 + 2 }, { 1 - 2, 1 - 2 } })
  testing.near(w.log, { skipped = 1 / 3 })
  local without = testing.weights(rules.zcpo { beta = 0 }, groups())
  testing.equal(without.advantage, { { 1, 1 }, { -1 }, { 0 }, { 0 }, { -1 }, { 1, 1 } })
end)

testing.case("rsi keeps tokens whose surprise is about their entropy", function()
  local t = testing.tokens { logp = { { -1, -0.2, -4, 0 } }, entropy = { { 1, 1, 1, 0 } } }
  local w = testing.weights(rules.rsi { low = 0.5, high = 2 }, t)
  testing.equal(w.policy, { { 1, 0, 0, 1 } })
  testing.equal(w.log, { kept = 0.5 })
  -- The bounds themselves are kept.
  testing.equal(testing.weights(rules.rsi { low = 1, high = 4 }, t).policy, { { 1, 0, 1, 1 } })
  testing.raises("option 'high' must be at least 'low' (2), got 1 (number)", function()
    rules.rsi { low = 2, high = 1 }
  end)
end)

testing.case("stapo silences improbable tokens of low entropy in good answers", function()
  local rare, often = math.log(0.001), math.log(0.5)
  local t = testing.tokens {
    logp = { { rare, rare, rare, often, often } }, advantage = { { 1, -1, 1, 1, 1 } },
    entropy = { { 0.1, 0.1, 0.9, 0.1, 0.9 } },
  }
  local w = testing.weights(rules.stapo { share = 0.9 }, t)
  -- Only the first; the others learn from four fifths of the tokens.
  testing.near(w.policy, { { 0, 1.25, 1.25, 1.25, 1.25 } })
  testing.near(w.log, { silenced = 0.2 })
  testing.equal(testing.weights(rules.stapo { probability = 0.0005, share = 0.9 }, t).policy, { { 1, 1, 1, 1, 1 } })
end)

-- Entropies scaled to 0, 0.5, 1, 0 where each token is a step.
local function steps()
  return testing.tokens {
    entropy = { { 1, 2, 3 }, { 1 } }, advantage = { { 1, 1, 1 }, { -1 } }, text = { "a;b", ";" },
  }
end

local function centred(rows)
  local sum, count = 0, 0
  for _, row in ipairs(rows) do for _, x in ipairs(row) do sum, count = sum + x, count + 1 end end
  for _, row in ipairs(rows) do for i, x in ipairs(row) do row[i] = x - sum / count end end
  return rows
end

testing.case("empg scales each step by its sureness and rewards a sure next one", function()
  local g = { 1, math.exp(-1), math.exp(-2), 1 }
  local mean = (g[1] + g[2] + g[3] + g[4]) / 4
  local expected = { { g[1] / mean + 0.5 * g[2], g[2] / mean + 0.5 * g[3], g[3] / mean }, { -g[4] / mean } }
  local w = testing.weights(rules.empg { k = 2, zeta = 0.5 }, steps())
  testing.near(w.advantage, centred(expected), { abs = 1e-6 })
end)

testing.case("empg takes several tokens for a step where a text ends it", function()
  -- Steps "a;", "b" and ";" with the entropies 1.5, 3 and 1: scaled 0.25, 1, 0.
  local g = { math.exp(-0.25), math.exp(-1), 1 }
  local mean = (g[1] + g[2] + g[3]) / 3
  local expected = { { g[1] / mean + g[2], g[1] / mean + g[2], g[2] / mean }, { -g[3] / mean } }
  local w = testing.weights(rules.empg { zeta = 1, step = ";" }, steps())
  testing.near(w.advantage, centred(expected), { abs = 1e-6 })
end)

testing.case("empg leaves advantages as they are, but centred, where all steps are equally sure", function()
  local t = testing.tokens { entropy = { { 2, 2 }, { 2 } }, advantage = { { 1, 2 }, { -3 } } }
  testing.equal(testing.weights(rules.empg { k = 3 }, t).advantage, { { 1, 2 }, { -3 } })
end)

-- At the first place two good answers and a bad one, at the second one of each.
local function answers()
  return testing.tokens {
    entropy = { { 1, 2 }, { 3 }, { 4, 0.5 }, { 1 } }, advantage = { { 1, 1 }, { 2 }, { -1, -1 }, { -2 } },
  }
end

testing.case("gtpo weighs unsure tokens of good answers and sure ones of bad answers", function()
  local w = testing.weights(rules.gtpo { b = 0.5 }, answers())
  -- H / mean H = 0.5, 1.5 at the first place of good ones; 1 / H = 0.25, 1 with the mean 0.625 at that of bad ones.
  testing.near(w.policy, { { 0.75, 1 }, { 1.25 }, { 0.5 + 0.5 * 0.4, 1 }, { 0.5 + 0.5 * 1.6 } })
end)

testing.case("gtpo over answers weighs tokens by the mean of their own answer", function()
  local w = testing.weights(rules.gtpo { b = 0.5, over = "answer" }, answers())
  local high, low = 4 / 2.25, 0.5 / 2.25
  testing.near(w.policy, {
    { (1 + 0.5 / 1.5) / 1.5, (1 + 1 / 1.5) / 1.5 }, { 1 }, { (1 + 0.5 * high) / 1.5, (1 + 0.5 * low) / 1.5 }, { 1 },
  })
end)

testing.case("gtpo bounds what a token without entropy weighs", function()
  local t = testing.tokens { entropy = { { 0 }, { 1 } }, advantage = { { -1 }, { -1 } } }
  -- 1 / H counts as 4 and 1.
  local w = testing.weights(rules.gtpo { b = 0.5, least = 0.25 }, t)
  testing.near(w.policy, { { 0.5 + 0.5 * 1.6 }, { 0.5 + 0.5 * 0.4 } })
  testing.raises("over", function() rules.gtpo { over = "text" } end)
end)
