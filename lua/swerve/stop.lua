-- Functions for the option `stop_when` of a stage: they get the metrics of a step, and say whether the stage ends there
-- and why. What they remember is in `state`, which the host keeps and saves.
local check = require "swerve.check"

local stop = {}

---@class swerve.stop.Plateau
---@field metric string name of the metric to watch, such as "success/plus1" or "loss"
---@field patience integer measurements without progress after which the stage ends
---@field mode? "min"|"max" what progress is; default: "max"
---@field threshold? number least change that counts as progress; default: 0

---Ends a stage when a metric has stopped to improve: after `patience` measurements in a row without progress. Steps
---that do not measure it, such as those without an evaluation, do not count.
---
---    stop_when = stop.plateau { metric = "success/plus1", patience = 3 }
---
---EarlyStoppingCallback of transformers, with early_stopping_patience and early_stopping_threshold.
---@param options swerve.stop.Plateau
---@return swerve.Stop
function stop.plateau(options)
  local o = check.options("stop.plateau", options, {
    metric = { "string" }, patience = { "count" }, mode = { "string", default = "max" },
    threshold = { "nonnegative", default = 0 },
  })
  check.choice("mode", o.mode, { "min", "max" })
  local sign = o.mode == "max" and 1 or -1
  return function(metrics, _, state)
    local seen = metrics[o.metric]
    if seen == nil then return false end
    if state.best == nil or sign * (seen - state.best) > o.threshold then
      state.best, state.wait = seen, 0
      return false
    end
    state.wait = state.wait + 1
    if state.wait < o.patience then return false end
    return true, ("%s has not improved on %.6g in %d measurements"):format(o.metric, state.best, state.wait)
  end
end

---@class swerve.stop.Reached
---@field metric string name of the metric to watch
---@field value number the goal
---@field mode? "min"|"max" max: at least the goal; min: at most; default: "max"

---Ends a stage when a metric has reached a goal.
---
---    stop_when = stop.reached { metric = "success/plus1", value = 0.95 }
---@param options swerve.stop.Reached
---@return swerve.Stop
function stop.reached(options)
  local o = check.options("stop.reached", options, {
    metric = { "string" }, value = { "number" }, mode = { "string", default = "max" },
  })
  check.choice("mode", o.mode, { "min", "max" })
  return function(metrics)
    local seen = metrics[o.metric]
    if seen == nil then return false end
    local is_reached = seen >= o.value
    if o.mode == "min" then is_reached = seen <= o.value end
    if not is_reached then return false end
    return true, ("%s is %.6g, the goal was %.6g"):format(o.metric, seen, o.value)
  end
end

check.makers(stop, "stop")

return check.sealed(stop, "swerve.stop")
