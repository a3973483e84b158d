-- Advantage actor-critic (Mnih et al., 2016, arXiv 1602.01783) with a KL penalty that a rule weighs token by token: the
-- objective of Vassoyan, Beau, Plaud, "Ignore the KL Penalty!", NAACL 2025, arXiv 2502.06533, section 3.
--
-- Helps where one pass over fresh episodes is enough and the critic can tell a good start from a bad one: the plainest
-- objective, with the fewest numbers to choose. It reads `vf` (at least 0, the critic's share), `entropy` (any; above 0
-- keeps texts varied), `kl.coef` (at least 0) and `kl.estimator`; with `epochs` above 1 nothing bounds how far it goes.
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
