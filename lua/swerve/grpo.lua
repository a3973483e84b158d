-- Group-relative policy optimization (Shao et al., 2024, arXiv 2402.03300): `group` episodes answer the same problem,
-- and the advantage of each is its reward against the group's mean, so that there is no critic.
--
-- Helps where whole answers are judged and problems differ in difficulty: no critic has to learn how hard each is. It
-- reads `clip` and `clip_high` (at least 0; 0.2), `entropy` (any), `kl.coef` (at least 0), `kl.estimator`, `ratio` and
-- `aggregate`; `group` is at least 2. A group with equal rewards teaches nothing.
--
--   as published        normalize = "group_std", aggregate = "sequences", kl.estimator = "k3" (the defaults)
--   Dr. GRPO            normalize = "none", aggregate = "constant", aggregate_length = 100     arXiv 2503.20783
--   by the batch        normalize = "mean_std"
--   DAPO                aggregate = "tokens", clip = 0.2, clip_high = 0.28, kl.coef = 0        arXiv 2503.14476
--                       and a rule that gives { policy = t.truncated:logical_not() }: no learning from answers cut off
--   GSPO                ratio = "sequence"                                                     arXiv 2507.18071
local aggregate = require "swerve.aggregate"
local kl = require "swerve.kl"
local ratio = require "swerve.ratio"

---loss = -mean(min(r A, clip(r, 1 - low, 1 + high) A)) - entropy * mean(H) + kl * mean(w * k)
---@param t swerve.Tokens
---@param c swerve.Coefficients
---@return swerve.Tensor loss
---@return table<string, swerve.Tensor> parts
return function(t, c)
  local r = ratio(t, c)
  local held = r:clamp(1 - t.clip_low, 1 + t.clip_high)
  local gain = (r * t.advantage):min(held * t.advantage)

  local policy  = aggregate(-gain * t.policy_weight, t, c)
  local entropy = aggregate(t.entropy * t.entropy_weight, t, c)
  local penalty = aggregate(t.kl_weight * kl(t, c.estimator), t, c)

  local loss = policy - c.entropy * entropy + c.kl * penalty
  return loss, { policy = policy, entropy = entropy, kl = penalty, clipped = r:ne(held):mean() }
end
