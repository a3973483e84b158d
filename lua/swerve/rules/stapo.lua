-- STAPO: improbable tokens that a good answer has by chance don't learn. Policy weight 0 where A > 0, p < `probability`
-- and the policy's entropy is below the batch's `share`-quantile; at all other tokens 1 / (share of tokens kept), so
-- that means are over what is kept. Liu et al., "STAPO: Stabilizing Reinforcement Learning for LLMs by Silencing Rare
-- Spurious Tokens", arXiv 2602.15620. Sources disagree on the bounds: 0.002 and the lowest fifth of entropies in one,
-- 0.01 and the lowest twentieth in another, both calling them examples.
--
-- Helps against late collapse: such tokens get large gradients and the whole answer's reward, and decide nothing.
local check = require "swerve.check"
local host = require "swerve.internal"

---@class swerve.rules.STAPO
---@field probability? number below which a token is improbable, in (0, 1); default: 0.002
---@field share? number of the batch's tokens whose entropy counts as low, in (0, 1); default: 0.2

---Weights of the policy term. Logs the share of tokens `silenced`.
---@param options? swerve.rules.STAPO
---@return swerve.Rule
return function(options)
  local o = check.options("rules.stapo", options or {}, {
    probability = { "fraction", default = 0.002 }, share = { "fraction", default = 0.2 },
  })
  local function stapo(t)
    local low = t.entropy:lt(t.entropy:quantile(o.share))
    local silenced = t.advantage:gt(0):logical_and(t.logp:exp():lt(o.probability)):logical_and(low)
    local kept = silenced:logical_not()
    -- At least four fifths of the tokens are kept, or whatever `share` leaves.
    return { policy = kept / kept:mean() }, { silenced = silenced:mean():item() }
  end
  return host.rule(stapo, check.place())
end
