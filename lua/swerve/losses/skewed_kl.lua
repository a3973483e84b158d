-- The skewed reverse KL: the policy is held to a mixture of itself and the reference, KL(pi || a pi + (1 - a) pi_ref).
-- Its estimate at a token is k = -log(a + (1 - a) e^-d), d = log pi - log pi_ref, which never exceeds -log a: a token
-- that the policy has become sure of costs a bounded amount, while one that it has let go still costs its distance. Li
-- et al., "CARE-RFT: Confidence-Anchored Reinforcement Finetuning", arXiv 2602.00085; a 0.8, with the coefficient 0.04.
--
-- The estimate's own gradient is of no use in a loss: in expectation it is -a E[e^k grad log pi], which points away
-- from the reference. The gradient here is that of the divergence in expectation, (k - a (e^k - 1)) grad log pi; the 1
-- is a baseline that makes it 0 at d = 0. It is for tokens that the policy itself has drawn.
--
-- Helps where a task needs the policy to be sure of what the reference finds improbable. It takes the place of the
-- estimator in a loss, so that weights of rules and `kl.coef` count as ever:
--
--     loss = require "swerve.losses.skewed_kl" { a = 0.8, loss = require "swerve.a2c" }
local check = require "swerve.check"
local host = require "swerve.internal"

---@class swerve.losses.SkewedKL
---@field a? number the policy's share of the mixture, in (0, 1); default: 0.8
---@field loss swerve.Loss the one whose penalty it is

---A loss with the skewed divergence as its KL penalty.
---@param options swerve.losses.SkewedKL
---@return swerve.Loss
local function make(options)
  local o = check.options("losses.skewed_kl", options, { a = { "fraction", default = 0.8 }, loss = { "function" } })
  local function skewed(t)
    local logp = t.logp
    local d = (logp - t.ref_logp):detach()
    -- As -d can be large where the reference is far surer, the larger exponent is taken out: k = -d' - log(...).
    local least = (-d):max(0)
    local k = -(least + (o.a * (-least):exp() + (1 - o.a) * (-d - least):exp()):log())
    return k + (k - o.a * (k:exp() - 1)) * (logp - logp:detach())
  end
  return function(t, c, step, state)
    local with_skewed = setmetatable({ estimator = skewed }, { __index = function(_, name) return c[name] end })
    return o.loss(t, with_skewed, step, state)
  end
end

host.maker(make, "losses.skewed_kl")

return make
