-- The KL penalty only where the ratio is not clipped: where PPO's clipping stops a token's gradient, A > 0 with r > 1 +
-- high or A < 0 with r < 1 - low, the penalty stops, too. It is the control of ZCPO (arXiv 2610.12161): how much of a
-- method's effect is that penalty and policy term act on the same tokens?
--
-- Helps with several epochs or minibatches of one collection; before the first step no token is clipped.
--
--     loss = require "swerve.losses.kl_unclipped" { loss = require "swerve.ppo" }
local check = require "swerve.check"
local host = require "swerve.internal"
local ratio = require "swerve.ratio"
local reweighed = require "swerve.reweighed"

---@class swerve.losses.KLUnclipped
---@field loss swerve.Loss one that clips, such as swerve.ppo

---A loss without the KL penalty at clipped tokens. Adds the part `unclipped`, the share of tokens with the penalty.
---@param options swerve.losses.KLUnclipped
---@return swerve.Loss
local function make(options)
  local o = check.options("losses.kl_unclipped", options, { loss = { "function" } })
  return function(t, c, step, state)
    local r = ratio(t, c):detach()
    local above = t.advantage:gt(0):logical_and(r:gt(1 + t.clip_high))
    local below = t.advantage:lt(0):logical_and(r:lt(1 - t.clip_low))
    local unclipped = above:logical_or(below):logical_not()
    local columns = { kl_weight = t.kl_weight * unclipped }
    return reweighed(o.loss, t, columns, { unclipped = unclipped:mean() }, c, step, state)
  end
end

host.maker(make, "losses.kl_unclipped")

return make
