local a2c = require "swerve.a2c"
local testing = require "swerve.testing"

local function batch(columns)
  local all = {
    logp = { { -1, -2, -1 }, { -0.5 } }, ref_logp = { { -2, -2, 0 }, { -1.5 } }, kl_weight = { { 1, 1, 0 }, { 0.5 } },
    advantage = { { 2, -1, 0 }, { 4 } }, policy_weight = { { 1, 0.5, 1 }, { 2 } },
    returns = { { 1, 0, 0 }, { 3 } }, value = { { 0.5, 0.5, 0 }, { 1 } },
    entropy = { { 1, 2, 1 }, { 3 } }, entropy_weight = { { 1, 1, 1 }, { 0 } },
  }
  for name, column in pairs(columns or {}) do all[name] = column end
  return testing.tokens(all)
end
local c = { vf = 0.5, entropy = 0.25, kl = 2, estimator = "k2" }

-- Of the four tokens: -logp A w is 2, -1, 0, 4; the squared error 0.25, 0.25, 0, 4; w H is 1, 2, 1, 0; with d = 1, 0,
-- -1, 1, w d^2 / 2 is 0.5, 0, 0, 0.25.
testing.case("averages each part over all tokens and adds them to the loss", function()
  local _, loss, parts = testing.gradient(a2c, batch(), c)
  testing.near(parts, { policy = 5 / 4, value = 4.5 / 4, entropy = 1, kl = 0.75 / 4 })
  testing.near(loss, 5 / 4 + 0.5 * 4.5 / 4 - 0.25 * 1 + 2 * 0.75 / 4)
end)

-- At logp: (-A w + kl w d) / 4; at the value: 2 vf (value - return) / 4; at the entropy: -entropy w / 4.
testing.case("matches a gradient worked by hand", function()
  local gradient = testing.gradient(a2c, batch(), c)
  testing.equal(gradient.logp, { { 0, 0.125, 0 }, { (-8 + 1) / 4 } })
  testing.equal(gradient.value, { { -0.125, 0.125, 0 }, { -0.5 } })
  testing.equal(gradient.entropy, { { -0.0625, -0.0625, -0.0625 }, { 0 } })
end)

testing.case("gives a larger loss to a token that is likelier than under the reference", function()
  local far = batch { logp = { { -0.5, -1.5, -0.5 }, { -0.25 } }, advantage = 0 }
  local near = batch { advantage = 0 }
  local function penalty(t) return select(3, testing.gradient(a2c, t, c)).kl end
  testing.equal(penalty(far) > penalty(near), true)
end)
