-- KL-Cov: the KL penalty only at the share of tokens with the largest covariance of advantage and log-probability,
-- those whose update costs the most entropy: w = 1 there, else 0. Cui et al., "The Entropy Mechanism of Reinforcement
-- Learning for Reasoning Language Models", arXiv 2505.22617; verl, which has it from the authors, takes a share of 2e-4
-- or 2e-3 and the coefficient 1.
--
-- Helps where entropy falls to nothing early and learning ends there. As published, the penalty is abs(log pi - log
-- pi_old) with the policy before the update: `reference = { every = 1, mix = 1 }` makes the reference that.
local check = require "swerve.check"
local covariance = require "swerve.covariance"
local host = require "swerve.internal"

---@class swerve.rules.KLCov
---@field share? number of the batch's tokens, in (0, 1), at least one token; default: 2e-4

---Weights of the KL penalty.
---@param options? swerve.rules.KLCov
---@return swerve.Rule
return function(options)
  local o = check.options("rules.kl_cov", options or {}, { share = { "fraction", default = 2e-4 } })
  local function kl_cov(t)
    local chosen = covariance.count(t, o.share)
    return covariance.of(t):rank():ge(t.count - chosen)
  end
  return host.rule(kl_cov, check.place())
end
