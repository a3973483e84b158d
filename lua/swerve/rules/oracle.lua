-- Knows which tokens are critical, from the task itself: w = inside at t.critical, else outside. What a rule could
-- reach at best, for analysis; arXiv 2502.06533 does so for additions.
local check = require "swerve.check"
local host = require "swerve.internal"

---@class swerve.rules.Oracle
---@field inside? number weight at the task's own critical tokens, any finite one; default: 0
---@field outside? number weight elsewhere, any finite one; default: 1

---Weights of the KL penalty.
---@param options? swerve.rules.Oracle
---@return swerve.Rule
return function(options)
  local o = check.options(
    "rules.oracle", options or {}, { inside = { "number", default = 0 }, outside = { "number", default = 1 } })
  local function oracle(t) return t.critical:where(o.inside, o.outside) end
  return host.rule(oracle, check.place(), o.inside < 0 or o.outside < 0, {}, { "critical" })
end
