-- Advantage actor-critic (Mnih et al., 2016) with a KL penalty that a rule weighs token by token: the objective of
-- Vassoyan, Beau, Plaud, "Ignore the KL Penalty!", NAACL 2025, arXiv 2502.06533, section 3.
--
-- To try another objective, copy this file beside your script and pass it as `loss = require "my_loss"`.
local kl = require "swerve.kl"

---loss = mean(-log pi * advantage) + vf * mean((return - value)^2) - entropy * mean(H(pi)) + kl * mean(w * k)
---
---Means are over all generated tokens of the minibatch.
---@param t swerve.Tokens
---@param c swerve.Coefficients
---@return swerve.Tensor loss
---@return table<string, swerve.Tensor> parts
return function(t, c)
  local policy  = (-t.logp * t.advantage * t.policy_weight):mean()
  local value   = (t.returns - t.value):square():mean()
  local entropy = (t.entropy * t.entropy_weight):mean()
  local penalty = (t.kl_weight * kl(t, c.estimator)):mean()

  local loss = policy + c.vf * value - c.entropy * entropy + c.kl * penalty
  return loss, { policy = policy, value = value, entropy = entropy, kl = penalty }
end
