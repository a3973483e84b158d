-- Rules: how much the KL penalty weighs at each generated token. A rule is a function (t, step, rng, state, metrics)
-- of the batch's columns that returns the weights, and, if it likes, a table of numbers to log.
local host = require "swerve.internal"
local check = require "swerve.check"

local rules = {}

---Every weight 1: the usual KL penalty.
---@return swerve.Rule
function rules.uniform()
  return host.rule(function() return 1 end, check.place())
end

---@class swerve.rules.Certainty
---@field alpha swerve.Schedule the exponent, at least 0; 0 is the uniform penalty
---@field intercept? number b, the weight where the reference knows nothing, at most 0; default: 0
---@field measure? "max_prob"|"negentropy_max_prob"|"negentropy"|"sample" of certainty; default: that of `kl.certainty`

---The prioritized penalty: w = c^alpha + b (1 - c^alpha), with c the reference's certainty. It holds the policy where
---the reference is sure of itself and sets it free where it is not.
---Vassoyan, Beau, Plaud, "Ignore the KL Penalty!", NAACL 2025, arXiv 2502.06533.
---@param options swerve.rules.Certainty
---@return swerve.Rule
function rules.certainty(options)
  local o = check.options("rules.certainty", options, {
    alpha = { "schedule" }, intercept = { "nonpositive", default = 0 }, measure = { "string", optional = true },
  })
  local b, place = o.intercept, check.place()
  local column = o.measure and "certainty_" .. o.measure or "certainty"
  local function certainty(t, step, _, state, metrics)
    local alpha = o.alpha
    if type(alpha) == "function" then alpha = alpha(step, metrics, state) end
    if type(alpha) ~= "number" or not (alpha >= 0 and alpha < math.huge) then
      error(place .. "alpha of rules.certainty must be a number at least 0, got " .. check.shown(alpha), 0)
    end
    local power = t[column] ^ alpha
    local weights = power
    if b ~= 0 then weights = power + b * (1 - power) end
    return weights, { alpha = alpha }
  end
  return host.rule(certainty, place, b < 0, { alpha = o.alpha })
end

---@class swerve.rules.Oracle
---@field inside? number weight at the task's own critical tokens; default: 0
---@field outside? number weight elsewhere; default: 1

---Knows which tokens are critical: what a rule could reach at best, for analysis.
---@param options swerve.rules.Oracle
---@return swerve.Rule
function rules.oracle(options)
  local o = check.options(
    "rules.oracle", options, { inside = { "number", default = 0 }, outside = { "number", default = 1 } })
  local function oracle(t) return t.critical:where(o.inside, o.outside) end
  return host.rule(oracle, check.place(), o.inside < 0 or o.outside < 0)
end

---A rule for one token at a time. `tok` has the columns' names with plain numbers, and `tok.text`; it is the same table
---for every token, so don't keep it. Slower than columns by far.
---@param weigh fun(tok: table, step: integer, rng: swerve.Rng, state: table, metrics: table<string, number>): number
---@return swerve.Rule
function rules.each(weigh)
  if type(weigh) ~= "function" then check.fail("rules.each takes a function of a token, got " .. check.shown(weigh)) end
  local function each(t, step, rng, state, metrics)
    local columns, index = {}, 1
    -- Nothing is ever stored in `tok`, so that every read and every write comes by here.
    local tok = setmetatable({}, {
      __index = function(_, name)
        if name == "text" then return t:text(index) end
        local column = columns[name]
        if not column then
          column = t:numbers(name)
          columns[name] = column
        end
        return column[index]
      end,
      __newindex = function(_, name) error("tok is read only; it has no '" .. tostring(name) .. "'", 2) end,
    })
    local weights = {}
    for i = 1, t.count do
      index = i
      local weight = weigh(tok, step, rng, state, metrics)
      if type(weight) ~= "number" then host.refuse(t, i, weigh, weight) end
      weights[i] = weight
    end
    return t:tensor(weights)
  end
  return host.rule(each, weigh)
end

return check.sealed(rules, "swerve.rules")
