local control = require "swerve.control"
local testing = require "swerve.testing"

-- The values of a schedule while a metric takes these values; the first step has none.
local function values(schedule, name, seen)
  local state, found = {}, { schedule(1, {}, {}) }
  schedule(1, {}, state)
  for i, value in ipairs(seen) do found[i + 1] = schedule(i + 1, { [name] = value }, state) end
  return found
end

testing.case("changes the KL coefficient by at most a fifth of episodes / horizon", function()
  local beta = control.adaptive_kl { start = 2, target = 0.5, horizon = 100, episodes = 50 }
  -- KL / target - 1 is 3, held to 0.2; then 0; then -0.5, held to -0.2; then 0.1.
  local found = values(beta, "kl/k1", { 2, 0.5, 0.25, 0.55 })
  testing.near(found, { 2, 2.2, 2.2, 1.98, 1.98 * 1.05 })
end)

testing.case("follows the metric that an option names", function()
  local beta = control.adaptive_kl { start = 1, target = 1, horizon = 1, episodes = 1, metric = "kl/full" }
  testing.near(values(beta, "kl/full", { 1.1, 1.1 }), { 1, 1.1, 1.21 })
  testing.near(values(beta, "kl/k1", { 1.1, 1.1 }), { 1, 1, 1 })
end)

testing.case("raises the entropy coefficient below the target and applies it only there", function()
  local coefficient = control.adaptive_entropy { target = 0.5, delta = 0.25 }
  local found = values(coefficient, "entropy", { 0.25, 0.125, 0.75, 0.25, 1, 1, 1, 0.5 })
  testing.equal(found, { 0, 0.25, 0.5, 0, 0.5, 0, 0, 0, 0 })
end)

testing.case("keeps the entropy coefficient at the target", function()
  local coefficient = control.adaptive_entropy { target = 0.5, delta = 0.25, start = 1 }
  testing.equal(values(coefficient, "entropy", { 0.5, 0.75, 0.5 }), { 1, 1, 0, 0.75 })
end)

testing.case("rejects a horizon that could turn the coefficient's sign", function()
  local function make(horizon, episodes)
    return control.adaptive_kl { start = 1, target = 1, horizon = horizon, episodes = episodes }
  end
  testing.raises("option 'horizon' must be above 0.2 * 'episodes' (12.8), got 12", function() make(12, 64) end)
  testing.raises("must be above", function() make(10, 50) end)
  -- The smallest that is taken never gets there.
  local beta, state = make(13, 64), {}
  for step = 1, 100 do assert(beta(step, { ["kl/k1"] = -5 }, state) > 0, step) end
end)
