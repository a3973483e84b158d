local skewed_kl = require "swerve.losses.skewed_kl"
local kl_unclipped = require "swerve.losses.kl_unclipped"
local kl = require "swerve.kl"
local testing = require "swerve.testing"

local function penalty(t, c) return c.kl * (t.kl_weight * kl(t, c.estimator)):sum(), { own = 2 } end
local c = { kl = 1, estimator = "k2" }

local function batch(logp, ref)
  return testing.tokens { logp = { { logp } }, ref_logp = { { ref } } }
end

testing.case("is the logarithm of the mixture's share, bounded by that of a", function()
  for _, d in ipairs { -30, -2, -0.1, 0, 0.5, 4, 60 } do
    local _, loss = testing.gradient(skewed_kl { a = 0.8, loss = penalty }, batch(-1, -1 - d), c)
    local expected = d > -20 and -math.log(0.8 + 0.2 * math.exp(-d)) or -math.log(0.2) + d
    testing.near(loss, expected, { abs = 1e-6, rel = 1e-6 })
    if loss > -math.log(0.8) + 1e-6 then error("beyond its bound at d = " .. d) end
  end
end)

-- The twin: the divergence of a policy with logits x from the mixture, over a vocabulary of three; finite differences.
local reference = { 0.7, 0.2, 0.1 }

local function softmax(x)
  local sum, p = 0, {}
  for i, value in ipairs(x) do p[i] = math.exp(value); sum = sum + p[i] end
  for i in ipairs(p) do p[i] = p[i] / sum end
  return p
end

local function divergence(x, a)
  local sum = 0
  for i, p in ipairs(softmax(x)) do sum = sum + p * math.log(p / (a * p + (1 - a) * reference[i])) end
  return sum
end

testing.case("has in expectation the gradient of the divergence", function()
  local x = { 0.3, -0.4, 1.1 }
  local p = softmax(x)
  for _, a in ipairs { 0.2, 0.5, 0.8 } do
    -- What each token that may be drawn gives as the gradient at its log-probability.
    local at_logp = {}
    for i in ipairs(p) do
      local t = batch(math.log(p[i]), math.log(reference[i]))
      at_logp[i] = testing.gradient(skewed_kl { a = a, loss = penalty }, t, c).logp[1][1]
    end
    for j in ipairs(x) do
      local expected, h = 0, 1e-5
      for i in ipairs(p) do expected = expected + p[i] * at_logp[i] * ((i == j and 1 or 0) - p[j]) end
      local up, down = { table.unpack(x) }, { table.unpack(x) }
      up[j], down[j] = up[j] + h, down[j] - h
      testing.near(expected, (divergence(up, a) - divergence(down, a)) / (2 * h), { abs = 2e-6 })
    end
  end
end)

testing.case("keeps a rule's weights and the other loss's parts", function()
  local t = testing.tokens { logp = { { -1, -1 } }, ref_logp = { { -2, -2 } }, kl_weight = { { 0, 2 } } }
  local _, loss, parts = testing.gradient(skewed_kl { a = 0.5, loss = penalty }, t, { kl = 3, estimator = "k2" })
  testing.near(loss, -6 * math.log(0.5 + 0.5 * math.exp(-1)), { rel = 1e-5 })
  testing.equal(parts, { own = 2 })
end)

-- Ratios e^0.5, e^0.5, e^-0.5, e^-0.5, 1; the bounds are 0.8 and 1.2.
testing.case("kl_unclipped drops the penalty where clipping stops the policy term", function()
  local t = testing.tokens {
    logp = { { -0.5, -0.5, -1.5, -1.5, -1 } }, old_logp = { { -1, -1, -1, -1, -1 } },
    ref_logp = { { -1, -1, -1, -1, -2 } }, advantage = { { 1, -1, 1, -1, 1 } }, clip_low = 0.2, clip_high = 0.2,
  }
  local gradient, _, parts =
    testing.gradient(kl_unclipped { loss = penalty }, t, { kl = 1, estimator = "k2", ratio = "token" })
  testing.near(gradient.logp, { { 0, 0.5, -0.5, 0, 1 } })
  testing.near(parts, { own = 2, unclipped = 0.6 })
end)

testing.case("names a misspelt option", function()
  testing.raises("unknown option 'los' of losses.skewed_kl; did you mean 'loss'?", function()
    skewed_kl { los = penalty }
  end)
  testing.raises("unknown option 'los' of losses.kl_unclipped; did you mean 'loss'?", function()
    kl_unclipped { los = penalty }
  end)
end)
