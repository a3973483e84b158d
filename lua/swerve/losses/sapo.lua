-- SAPO: a smooth gate in place of clipping, steeper for tokens of bad answers. Gao et al., "Soft Adaptive Policy
-- Optimization", arXiv 2511.20347. Helps where a hard bound makes training jump.
--
--   coefficients = { tau_good = 1.0, tau_bad = 1.05 } as published; both above 0
--   loss = require "swerve.losses.sapo"
local aggregate = require "swerve.aggregate"
local check = require "swerve.check"
local kl = require "swerve.kl"
local ratio = require "swerve.ratio"

local function verify(c)
  check.coefficient("losses.sapo", c, "tau_good", 0)
  check.coefficient("losses.sapo", c, "tau_bad", 0)
end

---loss = -mean(4 / tau sigmoid(tau (r - 1)) A) - entropy * mean(H) + kl * mean(w * k), tau by the sign of A
---@param t swerve.Tokens
---@param c swerve.Coefficients
---@return swerve.Tensor loss
---@return table<string, swerve.Tensor> parts
local function loss(t, c)
  verify(c)
  local tau = t.advantage:gt(0):where(c.tau_good, c.tau_bad)
  local gate = (tau * (ratio(t, c) - 1)):sigmoid() * 4 / tau
  local policy  = aggregate(-gate * t.advantage * t.policy_weight, t, c)
  local entropy = aggregate(t.entropy * t.entropy_weight, t, c)
  local penalty = aggregate(t.kl_weight * kl(t, c.estimator), t, c)
  return policy - c.entropy * entropy + c.kl * penalty, { policy = policy, entropy = entropy, kl = penalty }
end

return check.verified(loss, verify)
