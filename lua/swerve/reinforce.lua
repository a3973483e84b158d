-- REINFORCE (Williams, 1992) with a KL penalty: each token is made more probable in proportion to the return that
-- followed it. There is no critic; `advantage = "leave_one_out"` with groups takes the others' mean as a baseline
-- (RLOO, arXiv 2402.14740), `normalize = "mean"` that of the batch.
--
-- Helps where answers are short and a critic would learn more slowly than the policy. It reads `entropy` (any),
-- `kl.coef` (at least 0), `kl.estimator` and `aggregate`; `group` is at least 2 for leave-one-out.
local aggregate = require "swerve.aggregate"
local kl = require "swerve.kl"

---loss = mean(-log pi * advantage) - entropy * mean(H(pi)) + kl * mean(w * k)
---@param t swerve.Tokens
---@param c swerve.Coefficients
---@return swerve.Tensor loss
---@return table<string, swerve.Tensor> parts
return function(t, c)
  local policy  = aggregate(-t.logp * t.advantage * t.policy_weight, t, c)
  local entropy = aggregate(t.entropy * t.entropy_weight, t, c)
  local penalty = aggregate(t.kl_weight * kl(t, c.estimator), t, c)

  local loss = policy - c.entropy * entropy + c.kl * penalty
  return loss, { policy = policy, entropy = entropy, kl = penalty }
end
