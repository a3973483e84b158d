-- Lp-Reg (low-probability regularization): a penalty that keeps improbable tokens of bad answers from dying out. Where
-- a token with A < 0 was improbable, yet not noise, the policy is held to a proxy: its own distribution without the
-- noise.
--
--   proxy = p where p >= kappa max p, else 0; scaled to the sum 1; a constant
--   loss + coef * mean([p(token) <= Q_share(p)] [proxy(token) > 0] [A < 0] * KL(proxy || policy))
--
-- Huang et al., "Low-probability Tokens Sustain Exploration in Reinforcement Learning with Verifiable Reward", arXiv
-- 2510.03222; share 0.01 or 0.005, kappa 0.02. There the proxy is of the policy that generated the tokens, and the
-- ratio is bounded from above alone. Helps where answers grow alike because every rare turn was once part of a bad one.
--
--     loss = require "swerve.losses.lp_reg" { coef = 1, loss = require "swerve.ppo" }
local aggregate = require "swerve.aggregate"
local check = require "swerve.check"
local host = require "swerve.internal"

---@class swerve.losses.LpReg
---@field coef number of the penalty, at least 0
---@field share? number of the minibatch's tokens that count as improbable, in (0, 1); default: 0.01
---@field kappa? number in (0, 1): what has less than this share of the largest probability is noise; default: 0.02
---@field temperature? number of the probabilities, above 0; default: that of the stage
---@field loss swerve.Loss the one to add the penalty to

---A loss with the penalty added to another's. Adds the parts `lp_reg` and `protected`, the share of tokens.
---@param options swerve.losses.LpReg
---@return swerve.Loss
local function make(options)
  local o = check.options("losses.lp_reg", options, {
    coef = { "nonnegative" }, share = { "fraction", default = 0.01 }, kappa = { "fraction", default = 0.02 },
    temperature = { "positive", optional = true }, loss = { "function" },
  })
  return function(t, c, step, state)
    local log = (t.logits / (o.temperature or c.temperature)):log_softmax()
    local p = log:exp():detach()
    local kept = p:ge(p:vocab_max() * o.kappa)
    local proxy = kept * p
    proxy = proxy / proxy:vocab_sum()

    local rare = t.old_logp:le(t.old_logp:quantile(o.share))
    local protected = rare:logical_and(proxy:gather(t.token):gt(0)):logical_and(t.advantage:lt(0))
    -- The proxy's own entropy has no gradient, and 0 log 0 is 0.
    local divergence = (proxy * (kept:where(proxy, 1):log() - log)):vocab_sum()
    local penalty = aggregate(protected * divergence, t, c)

    local loss, given = o.loss(t, c, step, state)
    local parts = { lp_reg = penalty, protected = protected:mean() }
    for name, part in pairs(given or {}) do parts[name] = part end
    return loss + o.coef * penalty, parts
  end
end

host.maker(make, "losses.lp_reg")

return make
