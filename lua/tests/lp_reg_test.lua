local lp_reg = require "swerve.losses.lp_reg"
local testing = require "swerve.testing"

-- With kappa = 0.02 what is below 0.02 * 0.75 is noise: the proxy is (0.75, 0.24, 0) / 0.99. The tokens are an
-- improbable one, noise, the improbable one again in a good answer, and a probable one.
local p = { 0.75, 0.24, 0.01 }

local function batch()
  local row, logp = {}, {}
  for i, share in ipairs(p) do row[i] = math.log(share) end
  for i, token in ipairs { 2, 3, 2, 1 } do logp[i] = row[token] end
  return testing.tokens {
    logits = { { row, row }, { row, row } }, token = { { 1, 2 }, { 1, 0 } }, advantage = { { -1, -1 }, { 1, -1 } },
    logp = { { logp[1], logp[2] }, { logp[3], logp[4] } },
  }
end

local function own(t) return t.logp:sum(), { own = 3 } end
local c = { aggregate = "tokens", temperature = 1 }

-- KL(proxy || p) = log(1 / 0.99) at the first token, with the gradient p - proxy at its logits.
testing.case("protects an improbable token of a bad answer that is no noise", function()
  local gradient, loss, parts = testing.gradient(lp_reg { coef = 2, share = 0.5, loss = own }, batch(), c)
  local penalty = math.log(1 / 0.99) / 4
  testing.near(parts, { own = 3, lp_reg = penalty, protected = 0.25 }, { rel = 1e-5 })
  testing.near(loss, 2 * math.log(0.24) + math.log(0.01) + math.log(0.75) + 2 * penalty)
  local none = { 0, 0, 0 }
  local held = { (0.75 - 0.75 / 0.99) / 2, (0.24 - 0.24 / 0.99) / 2, 0.005 }
  testing.near(gradient.logits, { { held, none }, { none, none } }, { abs = 1e-7 })
  testing.equal(gradient.logp, { { 1, 1 }, { 1, 1 } })
end)

testing.case("kappa says what is noise", function()
  local _, _, parts = testing.gradient(lp_reg { coef = 1, share = 0.5, kappa = 0.001, loss = own }, batch(), c)
  testing.near(parts, { own = 3, lp_reg = 0, protected = 0.5 }, { abs = 1e-6 })
end)

-- At temperature 2 probabilities are as the roots of those at 1: p = (0.81, 0.18, 0.01) gives 0.9, 0.424 and 0.1.
testing.case("computes probabilities at the stage's temperature", function()
  local row = { math.log(0.81), math.log(0.18), math.log(0.01) }
  local t = testing.tokens { logits = { { row } }, token = { { 1 } }, advantage = { { -1 } }, logp = { { row[2] } } }
  local function penalty(temperature, kappa)
    local options = { coef = 1, kappa = kappa, share = 0.5, temperature = temperature, loss = own }
    return select(3, testing.gradient(lp_reg(options), t, { aggregate = "tokens", temperature = 2 })).lp_reg
  end
  -- Held to 0.9 and 0.424 alone with kappa 0.2: log of the sum of all three over that of two.
  local two = 0.9 + 0.18 ^ 0.5
  testing.near(penalty(nil, 0.2), math.log((two + 0.1) / two), { rel = 1e-5 })
  testing.near(penalty(nil, 0.1), 0, { abs = 1e-6 })
  testing.near(penalty(1, 0.1), math.log(1 / 0.99), { rel = 1e-5 })
end)

testing.case("names a misspelt option", function()
  testing.raises("unknown option 'temprature' of losses.lp_reg; did you mean 'temperature'?", function()
    lp_reg { coef = 1, temprature = 2, loss = own }
  end)
end)
