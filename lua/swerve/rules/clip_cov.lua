-- Clip-Cov: of the tokens whose covariance of advantage and log-probability lies between two bounds, a few drawn at
-- random don't learn: policy weight 0 there, else 1. Cui et al., "The Entropy Mechanism of Reinforcement Learning
-- for Reasoning Language Models", arXiv 2505.22617; share 2e-4, bounds 1 and 5, as in verl, which has it from the
-- authors.
--
-- Helps as kl_cov does, more gently. The draw is of the stage's own stream of random numbers, so that it repeats.
local check = require "swerve.check"
local covariance = require "swerve.covariance"
local host = require "swerve.internal"

---@class swerve.rules.ClipCov
---@field share? number of the batch's tokens, in (0, 1), at least one token; default: 2e-4
---@field above? number any finite one: lower bound of the covariance, itself left out; default: 1
---@field below? number above `above`: upper bound, itself left out; default: 5

---Weights of the policy term. Logs how many tokens were `dropped`.
---@param options? swerve.rules.ClipCov
---@return swerve.Rule
return function(options)
  local o = check.options("rules.clip_cov", options or {}, {
    share = { "fraction", default = 2e-4 }, above = { "number", default = 1 }, below = { "number", default = 5 },
  })
  if o.above >= o.below then
    check.fail("option 'above' must be less than 'below' (" .. o.below .. "), got " .. check.shown(o.above))
  end
  local function clip_cov(t, _, rng)
    local cov = covariance.of(t)
    local candidates = cov:gt(o.above):logical_and(cov:lt(o.below))
    -- Those that are no candidates come behind every draw, which is below 1.
    local order = candidates:where(rng:column(), 1):rank()
    local dropped = order:lt(covariance.count(t, o.share)):logical_and(candidates)
    return { policy = dropped:logical_not() }, { dropped = dropped:sum():item() }
  end
  return host.rule(clip_cov, check.place())
end
