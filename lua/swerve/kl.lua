-- Estimates of the KL divergence of the policy from the reference, for losses.
local check = require "swerve.check"
local host = require "swerve.internal"

-- 1/9!, 1/8!, ... 1/2!
local coefficients = {
  1 / 362880, 1 / 40320, 1 / 5040, 1 / 720, 1 / 120, 1 / 24, 1 / 6, 1 / 2,
}

-- exp(-d) - 1 + d. The subtraction loses every digit of a small d and can fall below 0, so that there it is the series
-- d^2/2! - d^3/3! + ... up to d^10: the bits of the metric kl/k3.
local function k3(d)
  local near = d:clamp(-0.5, 0.5)
  local sum = 1 / 3628800
  for _, coefficient in ipairs(coefficients) do sum = coefficient - near * sum end
  return d:abs():lt(0.5):where(near * near * sum, (-d):exp() - 1 + d)
end

-- With d = log pi(a|s) - log pi_ref(a|s) (Schulman, "Approximating KL divergence", 2020).
local estimates = {
  k1 = function(t) return t.logp - t.ref_logp end,
  k2 = function(t) return (t.logp - t.ref_logp):square() * 0.5 end,
  k3 = function(t) return k3(t.logp - t.ref_logp) end,
  full = function(t) return t.kl_full end,
}

-- For losses only: estimates whose gradient is another one's.

-- The value of k3 with the gradient of k2, which in expectation is that of the divergence; k3's own is not.
function estimates.k3_straight(t)
  local k2 = estimates.k2(t)
  return k2 + (estimates.k3(t) - k2):detach()
end

-- k3 times the ratio to the policy that generated the token: unbiased also after several epochs (DeepSeek-V3.2).
function estimates.k3_unbiased(t) return estimates.k3(t) * (t.logp - t.old_logp):exp() end

---The estimate at each token, differentiable: k1 is d, k2 d*d/2, k3 exp(-d)-1+d, full the exact divergence over the
---vocabulary; k3_straight is k3 with the gradient of k2, k3_unbiased is k3 times exp(logp - old_logp). A loss that
---wraps another can give its own estimate as a function of t.
---@param t swerve.Tokens
---@param estimator "k1"|"k2"|"k3"|"full"|"k3_straight"|"k3_unbiased"|fun(t: swerve.Tokens): swerve.Tensor
---@return swerve.Tensor
return function(t, estimator)
  if type(estimator) == "function" then return estimator(t) end
  local estimate = estimates[estimator]
  if not estimate then
    local known = { "k1", "k2", "k3", "full", "k3_straight", "k3_unbiased" }
    local suggestion = type(estimator) == "string" and host.suggest(estimator, known) or ""
    check.fail('swerve.kl knows "k1", "k2", "k3", "full", "k3_straight" and "k3_unbiased",'
      .. ' got ' .. check.shown(estimator) .. suggestion)
  end
  return estimate(t)
end
