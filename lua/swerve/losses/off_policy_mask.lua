-- Off-policy sequence masking: answers that the policy has left since it generated them teach it nothing more if they
-- were bad. Tokens with A < 0 of an answer with mean(log pi_old - log pi) > delta have policy weight 0. DeepSeek-V3.2,
-- arXiv 2512.02556, which names no delta.
--
-- Helps with several epochs or minibatches of one collection, where the gradient of such answers is large and of no
-- use. It is made around a loss, not as a rule: rules see the batch before the update, where pi is still pi_old.
--
--     loss = require "swerve.losses.off_policy_mask" { delta = 0.1, loss = require "swerve.a2c" }
local check = require "swerve.check"
local host = require "swerve.internal"
local reweighed = require "swerve.reweighed"

---@class swerve.losses.OffPolicyMask
---@field delta number threshold in nats for each token, above 0
---@field loss swerve.Loss the one to mask

---A loss that masks another's policy term. Adds the part `masked`, the share of tokens.
---@param options swerve.losses.OffPolicyMask
---@return swerve.Loss
local function make(options)
  local o = check.options(
    "losses.off_policy_mask", options, { delta = { "positive" }, loss = { "function" } })
  return function(t, c, step, state)
    local left = (t.old_logp - t.logp):detach():row_mean():gt(o.delta)
    local masked = left:logical_and(t.advantage:lt(0))
    local columns = { policy_weight = t.policy_weight * masked:logical_not() }
    return reweighed(o.loss, t, columns, { masked = masked:mean() }, c, step, state)
  end
end

host.maker(make, "losses.off_policy_mask")

return make
