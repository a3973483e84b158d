-- Proximal policy optimization (Schulman et al., 2017, arXiv 1707.06347) with a KL penalty that a rule weighs token by
-- token. `epochs` and `minibatch` say how often the same episodes are used; `clip` how far the policy may move on
-- them.
--
-- Helps where episodes are dear: it goes over them several times, and the bound keeps the policy near the one that
-- wrote them. It reads `clip` and `clip_high` (at least 0; 0.2 as published), `vf` (at least 0), `value_clip` (at least
-- 0), `entropy` (any), `kl.coef` (at least 0), `kl.estimator`, `ratio` and `aggregate`.
--
-- The penalty is added to what is descended: a policy that leaves the reference has a larger loss. (The code that came
-- with arXiv 2502.06533 subtracts it in its PPO.)
local aggregate = require "swerve.aggregate"
local kl = require "swerve.kl"
local ratio = require "swerve.ratio"

-- The critic's squared error; with c.value_clip no less than that of an estimate held near the old one.
local function value_error(t, c)
  local plain = (t.returns - t.value):square()
  if c.value_loss == "plain" then return plain end
  local held = t.old_value + (t.value - t.old_value):clamp(-c.value_clip, c.value_clip)
  return plain:max((t.returns - held):square())
end

---loss = -mean(min(r A, clip(r, 1 - low, 1 + high) A)) + vf * mean((return - value)^2) - entropy * mean(H) + kl *
---mean(w * k)
---@param t swerve.Tokens
---@param c swerve.Coefficients
---@return swerve.Tensor loss
---@return table<string, swerve.Tensor> parts
return function(t, c)
  local r = ratio(t, c)
  local held = r:clamp(1 - t.clip_low, 1 + t.clip_high)
  local gain = (r * t.advantage):min(held * t.advantage)

  local policy  = aggregate(-gain * t.policy_weight, t, c)
  local value   = aggregate(value_error(t, c), t, c)
  local entropy = aggregate(t.entropy * t.entropy_weight, t, c)
  local penalty = aggregate(t.kl_weight * kl(t, c.estimator), t, c)

  local loss = policy + c.vf * value - c.entropy * entropy + c.kl * penalty
  return loss, { policy = policy, value = value, entropy = entropy, kl = penalty, clipped = r:ne(held):mean() }
end
