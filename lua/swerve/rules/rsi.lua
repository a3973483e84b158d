-- RSI-S: only tokens whose surprise is about what the policy expects learn: policy weight 1 where low <= -log p / H <=
-- high, the relative surprisal index, else 0. Lv et al., "Which Tokens Matter? Adaptive Token Selection for RLVR with
-- the Relative Surprisal Index", arXiv 2606.31575. We did not find its bounds in what we could read, so that there are
-- no defaults.
--
-- Helps where entropy or probability alone mislead: it leaves out tokens that say nothing new and improbable ones of
-- the tail, each measured by its own place. A token with H = 0 has probability 1 and is kept.
local check = require "swerve.check"
local host = require "swerve.internal"

---@class swerve.rules.RSI
---@field low number lower bound of the index, at least 0
---@field high number upper bound, at least `low`

---Weights of the policy term. Logs the share of tokens `kept`.
---@param options swerve.rules.RSI
---@return swerve.Rule
return function(options)
  local o = check.options("rules.rsi", options, { low = { "nonnegative" }, high = { "nonnegative" } })
  if o.high < o.low then
    check.fail("option 'high' must be at least 'low' (" .. o.low .. "), got " .. check.shown(o.high))
  end
  local function rsi(t)
    local surprise = -t.logp
    local kept = surprise:ge(t.entropy * o.low):logical_and(surprise:le(t.entropy * o.high))
    return { policy = kept }, { kept = kept:mean():item() }
  end
  return host.rule(rsi, check.place())
end
