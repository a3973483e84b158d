-- Estimates of the KL divergence of the policy from the reference, for losses.
local check = require "swerve.check"
local host = require "swerve.internal"

-- With d = log pi(a|s) - log pi_ref(a|s) (Schulman, "Approximating KL divergence", 2020).
local estimates = {
  k1 = function(t) return t.logp - t.ref_logp end,
  k2 = function(t) return (t.logp - t.ref_logp):square() * 0.5 end,
  k3 = function(t)
    local d = t.logp - t.ref_logp
    return (-d):exp() - 1 + d
  end,
  full = function(t) return t.kl_full end,
}

---The estimate at each token, differentiable: k1 is d, k2 d*d/2, k3 exp(-d)-1+d, full the exact divergence over the
---vocabulary.
---@param t swerve.Tokens
---@param estimator "k1"|"k2"|"k3"|"full"
---@return swerve.Tensor
return function(t, estimator)
  local estimate = estimates[estimator]
  if not estimate then
    local known = { "k1", "k2", "k3", "full" }
    local suggestion = type(estimator) == "string" and host.suggest(estimator, known) or ""
    check.fail('swerve.kl knows "k1", "k2", "k3" and "full", got ' .. check.shown(estimator) .. suggestion)
  end
  return estimate(t)
end
