-- Dual-token constraints (Archer): with tau = Q_{1 - share}(H) within each answer, tokens with H > tau, which reason,
-- get a wide clip range and a small KL weight; the others, which know, a narrow range and a large weight. Wang et al.,
-- "Stabilizing Knowledge, Promoting Reasoning: Dual-Token Constraints for RLVR", arXiv 2507.15778.
--
-- Helps where training makes a model reason better and forget facts. For losses that clip: `algorithm = "ppo"` or
-- "grpo". The weights multiply `kl.coef`; in the authors' ArcherCodeR that is 0.001, with weights 0 and 1, clip ranges
-- 0.5 and 0.2, and the share 0.2.
local check = require "swerve.check"
local host = require "swerve.internal"

---@class swerve.rules.DualToken
---@field share? number of an answer's tokens that reason, in (0, 1); default: 0.2
---@field reasoning? swerve.rules.TokenBounds default: { clip = 0.5, kl = 0 }
---@field knowledge? swerve.rules.TokenBounds default: { clip = 0.2, kl = 1 }

---@class swerve.rules.TokenBounds
---@field clip number both clip ranges, at least 0
---@field kl number KL weight, at least 0

---Weights of the KL penalty and both clip ranges.
---@param options? swerve.rules.DualToken
---@return swerve.Rule
return function(options)
  local o = check.options("rules.dual_token", options or {}, {
    share = { "fraction", default = 0.2 }, reasoning = { "table", default = { clip = 0.5, kl = 0 } },
    knowledge = { "table", default = { clip = 0.2, kl = 1 } },
  })
  local bounds = { clip = { "nonnegative" }, kl = { "nonnegative" } }
  local reasoning = check.options("rules.dual_token's reasoning", o.reasoning, bounds)
  local knowledge = check.options("rules.dual_token's knowledge", o.knowledge, bounds)
  local function dual_token(t)
    local reasons = t.entropy:gt(t.entropy:row_quantile(1 - o.share))
    local clip = reasons:where(reasoning.clip, knowledge.clip)
    return { kl = reasons:where(reasoning.kl, knowledge.kl), clip_low = clip, clip_high = clip }
  end
  return host.rule(dual_token, check.place(), false, {}, { "clips" })
end
