-- Entropy in the advantage: A + min(alpha H, |A| / kappa), with H the policy's entropy as a constant. As a weight of
-- the policy term: 1 + min(alpha H, |A| / kappa) / A, and 1 where A is 0. Cheng et al., "Reasoning with Exploration: An
-- Entropy Perspective", arXiv 2506.14758; alpha 0.4 for PPO and GRPO, kappa 2.
--
-- Helps exploration in long reasoning: uncertain tokens of good answers gain, those of bad answers lose less. With
-- kappa above 1 no advantage changes its sign.
local check = require "swerve.check"
local host = require "swerve.internal"

---@class swerve.rules.EntropyAdvantage
---@field alpha? number at least 0; default: 0.4
---@field kappa? number above 1; default: 2

---Weights of the policy term.
---@param options? swerve.rules.EntropyAdvantage
---@return swerve.Rule
return function(options)
  local o = check.options("rules.entropy_advantage", options or {}, {
    alpha = { "nonnegative", default = 0.4 }, kappa = { "positive", default = 2 },
  })
  if o.kappa <= 1 then check.fail("option 'kappa' must be above 1, got " .. check.shown(o.kappa)) end
  local function entropy_advantage(t)
    local a = t.advantage
    local bonus = (t.entropy * o.alpha):min(a:abs() / o.kappa)
    return { policy = a:ne(0):where(1 + bonus / a, 1) }
  end
  return host.rule(entropy_advantage, check.place())
end
