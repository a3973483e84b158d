-- KL-Mask: tokens at which the policy is far from the reference are left out of the loss: every weight is 0 where
-- (log pi - log pi_ref)^2 / 2 > tau, else 1. No paper has it; TorchRL's GRPOLoss does, as `kl_mask_threshold`.
--
-- The critic still learns at tokens that are left out, and means are still over all tokens: what is left out makes a
-- term smaller, it does not give the others more weight.
--
-- Helps where a few tokens far from the reference dominate the gradient: a trust region, token by token, without a
-- penalty.
local check = require "swerve.check"
local host = require "swerve.internal"

---@class swerve.rules.KLMask
---@field tau number threshold, above 0

---Weights of all terms. Logs the share of tokens `kept`.
---@param options swerve.rules.KLMask
---@return swerve.Rule
return function(options)
  local o = check.options("rules.kl_mask", options, { tau = { "positive" } })
  local function kl_mask(t)
    local kept = ((t.logp - t.ref_logp):square() * 0.5):le(o.tau)
    return { kl = kept, policy = kept, entropy = kept }, { kept = kept:mean():item() }
  end
  return host.rule(kl_mask, check.place())
end
