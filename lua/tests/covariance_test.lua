local testing = require "swerve.testing"
local rules = require "swerve.rules"

-- mean A = 1, mean log pi = -3: (A - 1) (log pi + 3) is 6 0 / -1 2 / 3 2.
local function batch()
  return testing.tokens { advantage = { { 3, 1 }, { 0, 2 }, { 2, -2 } }, logp = { { 0, -5 }, { -2, -1 }, { 0, -10 } } }
end

testing.case("computes the covariance of the batch", function()
  -- 6 0 / -1 2 / 3 21
  testing.equal(require("swerve.covariance").of(batch()), { { 6, 0 }, { -1, 2 }, { 3, 21 } })
end)

testing.case("KL-Cov penalizes the largest share, and at least one token", function()
  testing.equal(testing.weights(rules.kl_cov(), batch()).kl, { { 0, 0 }, { 0, 0 }, { 0, 1 } })
  testing.equal(testing.weights(rules.kl_cov { share = 0.5 }, batch()).kl, { { 1, 0 }, { 0, 0 }, { 1, 1 } })
end)

testing.case("Clip-Cov drops tokens between the bounds only", function()
  -- Between 1 and 5, bounds left out: 2 and 3.
  local w = testing.weights(rules.clip_cov { share = 0.9 }, batch())
  testing.equal(w.policy, { { 1, 1 }, { 1, 0 }, { 0, 1 } })
  testing.equal(w.log.dropped, 2)
  testing.equal(testing.weights(rules.clip_cov { share = 0.9, above = 2, below = 21 }, batch()).policy,
    { { 0, 1 }, { 1, 1 }, { 0, 1 } })
end)

testing.case("Clip-Cov draws with the stage's random numbers", function()
  local function dropped(seed)
    local w = testing.weights(rules.clip_cov(), batch(), 1, { seed = seed })
    testing.equal(w.log.dropped, 1)
    return w.policy[2][2] == 0 and "first" or w.policy[3][1] == 0 and "second" or "none"
  end
  local counts = { first = 0, second = 0, none = 0 }
  for seed = 1, 40 do
    local which = dropped(seed)
    testing.equal(dropped(seed), which)
    counts[which] = counts[which] + 1
  end
  testing.equal(counts.none, 0)
  -- Fair draws leave 8..32 of 40 with a chance of one in 10 000.
  testing.equal(counts.first > 8 and counts.second > 8, true)
end)

testing.case("Clip-Cov drops nothing where no token is a candidate", function()
  local w = testing.weights(rules.clip_cov { above = 100, below = 200 }, batch())
  testing.equal(w.policy, { { 1, 1 }, { 1, 1 }, { 1, 1 } })
end)

testing.case("rejects bounds in the wrong order", function()
  testing.raises("option 'above' must be less than 'below' (5), got 5 (number)", function()
    rules.clip_cov { above = 5 }
  end)
end)
