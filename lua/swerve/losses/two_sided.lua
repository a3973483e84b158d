-- Two-sided GRPO (INTELLECT-2, arXiv 2505.07291): PPO's minimum leaves the ratio of a bad token unbounded from above,
-- and one such token can undo a step; `delta` bounds it.
--
--   coefficients = { delta = 4 }, above 1 + clip_high; clip = 0.2, both as published
--   loss = require "swerve.losses.two_sided"
local aggregate = require "swerve.aggregate"
local check = require "swerve.check"
local kl = require "swerve.kl"
local ratio = require "swerve.ratio"

-- The bound is of no use within the range that `clip_high` allows.
local function verify(c)
  local high = c.clip_high or c.clip or 0
  check.coefficient("losses.two_sided", c, "delta", 1 + high, "1 + clip_high (" .. 1 + high .. ")")
end

---loss = -mean(min(min(r, delta) A, clip(r, 1 - low, 1 + high) A)) - entropy * mean(H) + kl * mean(w * k)
---@param t swerve.Tokens
---@param c swerve.Coefficients
---@return swerve.Tensor loss
---@return table<string, swerve.Tensor> parts
local function loss(t, c)
  local r = ratio(t, c)
  check.coefficient("losses.two_sided", c, "delta", 1 + t.clip_high:max():item(), "1 + clip_high")
  local held = r:clamp(1 - t.clip_low, 1 + t.clip_high)
  local gain = (r:min(c.delta) * t.advantage):min(held * t.advantage)
  local policy  = aggregate(-gain * t.policy_weight, t, c)
  local entropy = aggregate(t.entropy * t.entropy_weight, t, c)
  local penalty = aggregate(t.kl_weight * kl(t, c.estimator), t, c)
  return policy - c.entropy * entropy + c.kl * penalty, { policy = policy, entropy = entropy, kl = penalty }
end

return check.verified(loss, verify)
