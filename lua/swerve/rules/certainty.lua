-- The prioritized KL penalty: w = c^alpha + b (1 - c^alpha), with c the reference's certainty of its next token, in [0,
-- 1]. Vassoyan, Beau, Plaud, "Ignore the KL Penalty!", NAACL 2025, arXiv 2502.06533.
--
-- Helps where a task needs the policy to leave the reference at a few tokens that decide: the penalty holds it where
-- the reference is sure of itself, and sets it free where it is not. With b below 0 leaving is rewarded there.
--
-- The four measures of certainty, at `kl.temperature`: max p; 1 + log(max p) / log V (the paper's); 1 - H(p) / log V; p
-- of the token itself.
local check = require "swerve.check"
local host = require "swerve.internal"

local measures = { "max_prob", "negentropy_max_prob", "negentropy", "sample" }

---@class swerve.rules.Certainty
---@field alpha swerve.Schedule the exponent, at least 0; 0 is the uniform penalty
---@field intercept? number b, the weight where the reference knows nothing, at most 0; default: 0
---@field measure? "max_prob"|"negentropy_max_prob"|"negentropy"|"sample" of certainty; default: that of `kl.certainty`

---Weights of the KL penalty. Logs `alpha`.
---@param options swerve.rules.Certainty
---@return swerve.Rule
return function(options)
  local o = check.options("rules.certainty", options, {
    alpha = { "nonnegative_schedule" }, intercept = { "nonpositive", default = 0 },
    measure = { "string", optional = true },
  })
  if o.measure then check.choice("measure", o.measure, measures) end
  local b, place = o.intercept, check.place()
  local column = o.measure and "certainty_" .. o.measure or "certainty"
  local function certainty(t, step, _, state, metrics)
    local alpha = o.alpha
    if type(alpha) == "function" then alpha = alpha(step, metrics or {}, state or check.no_state) end
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
