-- CISPO (MiniMax-M1, arXiv 2506.13585): the ratio only weighs a token and is bounded from above, so that tokens beyond
-- the bound still learn, where PPO's clipping drops them. Helps where rare, decisive tokens are clipped away.
--
--   settings like GRPO's: advantage = "group", group = 8, normalize = "group_std", clip = 0.2 (1 + clip_high bounds)
--   loss = require "swerve.losses.cispo"
local aggregate = require "swerve.aggregate"
local kl = require "swerve.kl"
local ratio = require "swerve.ratio"

---loss = -mean(stop(min(r, 1 + high)) A log pi) - entropy * mean(H) + kl * mean(w * k)
---@param t swerve.Tokens
---@param c swerve.Coefficients
---@return swerve.Tensor loss
---@return table<string, swerve.Tensor> parts
return function(t, c)
  local weight = ratio(t, c):min(1 + t.clip_high):detach()
  local policy  = aggregate(-weight * t.advantage * t.logp * t.policy_weight, t, c)
  local entropy = aggregate(t.entropy * t.entropy_weight, t, c)
  local penalty = aggregate(t.kl_weight * kl(t, c.estimator), t, c)
  return policy - c.entropy * entropy + c.kl * penalty, { policy = policy, entropy = entropy, kl = penalty }
end
