-- Schedules: functions of (step, metrics, state) that give a number. Steps count from 1. Wherever the API takes a
-- number that may change over time, it takes one of these, or a function of your own.
local check = require "swerve.check"

local anneal = {}

---How far step is on the way from step 1 to `steps`: 0 at the first, 1 at the last and after it.
local function progress(step, steps)
  if step >= steps then return 1 end
  return (step - 1) / (steps - 1)
end

---@class swerve.anneal.Constant
---@field value number

---The same value at every step.
---@param options swerve.anneal.Constant
---@return swerve.Schedule
function anneal.constant(options)
  local o = check.options("anneal.constant", options, { value = { "number" } })
  return function() return o.value end
end

---@class swerve.anneal.Linear
---@field from number value at step 1
---@field to number value at step `steps` and after it
---@field steps integer

---from + (to - from) * (step - 1) / (steps - 1), then `to`.
---@param options swerve.anneal.Linear
---@return swerve.Schedule
function anneal.linear(options)
  local o = check.options("anneal.linear", options, { from = { "number" }, to = { "number" }, steps = { "count" } })
  return function(step)
    if step >= o.steps then return o.to end
    return o.from + (o.to - o.from) * progress(step, o.steps)
  end
end

---@class swerve.anneal.Cosine
---@field peak number value at the end of the warm-up
---@field floor? number value at step `steps` and after it; default: 0
---@field steps integer
---@field warmup? integer steps of linear warm-up, peak * step / warmup; default: 0

---Linear warm-up to `peak`, then half a cosine down to `floor` (Loshchilov and Hutter, 2017).
---@param options swerve.anneal.Cosine
---@return swerve.Schedule
function anneal.cosine(options)
  local o = check.options("anneal.cosine", options, {
    peak = { "number" }, floor = { "number", default = 0 }, steps = { "count" }, warmup = { "pause", default = 0 },
  })
  if o.warmup >= o.steps then
    check.fail("option 'warmup' must be below 'steps' (" .. o.steps .. "), got " .. check.shown(o.warmup))
  end
  return function(step)
    if step < o.warmup then return o.peak * step / o.warmup end
    if step >= o.steps then return o.floor end
    local first = math.max(o.warmup, 1)
    local way = (step - first) / (o.steps - first)
    return o.floor + (o.peak - o.floor) * 0.5 * (1 + math.cos(math.pi * way))
  end
end

---@class swerve.anneal.Exponential
---@field from number value at step 1, above 0
---@field to number value at step `steps` and after it, above 0
---@field steps integer

---from * (to / from) ^ ((step - 1) / (steps - 1)), then `to`: the same factor at every step.
---@param options swerve.anneal.Exponential
---@return swerve.Schedule
function anneal.exponential(options)
  local o = check.options(
    "anneal.exponential", options, { from = { "positive" }, to = { "positive" }, steps = { "count" } })
  return function(step)
    if step >= o.steps then return o.to end
    return o.from * (o.to / o.from) ^ progress(step, o.steps)
  end
end

---@class swerve.anneal.Polynomial
---@field from number value at step 1
---@field to number value at step `steps` and after it
---@field steps integer
---@field power? number above 0; default: 2

---to + (from - to) * (1 - (step - 1) / (steps - 1)) ^ power, then `to`.
---@param options swerve.anneal.Polynomial
---@return swerve.Schedule
function anneal.polynomial(options)
  local o = check.options("anneal.polynomial", options, {
    from = { "number" }, to = { "number" }, steps = { "count" }, power = { "positive", default = 2 },
  })
  return function(step)
    if step >= o.steps then return o.to end
    return o.to + (o.from - o.to) * (1 - progress(step, o.steps)) ^ o.power
  end
end

---@class swerve.anneal.Piecewise
---@field points number[][] { step, value } pairs, steps rising
---@field interpolate? "linear"|"step" on the way between two points; default: "linear"

---The values of some steps, and straight lines (or stairs) between them; constant before the first and after the last.
---@param options swerve.anneal.Piecewise
---@return swerve.Schedule
function anneal.piecewise(options)
  local o = check.options(
    "anneal.piecewise", options, { points = { "table" }, interpolate = { "string", default = "linear" } })
  check.choice("interpolate", o.interpolate, { "linear", "step" })
  local points = o.points
  if #points == 0 then check.fail("option 'points' must have at least one { step, value }") end
  for i, point in ipairs(points) do
    if type(point) ~= "table" or type(point[1]) ~= "number" or type(point[2]) ~= "number" then
      check.fail("option 'points' must hold { step, value } pairs, got " .. check.shown(point) .. " at place " .. i)
    end
    if i > 1 and point[1] <= points[i - 1][1] then
      check.fail("the steps of option 'points' must rise, got " .. tostring(point[1]) .. " at place " .. i)
    end
  end
  return function(step)
    local last = points[1]
    if step <= last[1] then return last[2] end
    for i = 2, #points do
      local point = points[i]
      if step < point[1] then
        if o.interpolate == "step" then return last[2] end
        return last[2] + (point[2] - last[2]) * ((step - last[1]) / (point[1] - last[1]))
      end
      last = point
    end
    return last[2]
  end
end

---@class swerve.anneal.OneCycle
---@field peak number
---@field steps integer
---@field rise? number share of the steps until the peak, in (0, 1); default: 0.3
---@field start? number value at step 1; default: peak / 25
---@field finish? number value at step `steps` and after it; default: peak / 1e4

---Half a cosine up to `peak`, then half a cosine down (Smith and Topin, 2018).
---@param options swerve.anneal.OneCycle
---@return swerve.Schedule
function anneal.one_cycle(options)
  local o = check.options("anneal.one_cycle", options, {
    peak = { "number" }, steps = { "count" }, rise = { "fraction", default = 0.3 },
    start = { "number", optional = true }, finish = { "number", optional = true },
  })
  local start, finish = o.start or o.peak / 25, o.finish or o.peak / 1e4
  local function half_cosine(from, to, way) return to + (from - to) * 0.5 * (1 + math.cos(math.pi * way)) end
  return function(step)
    local way = progress(step, o.steps)
    if way >= 1 then return finish end
    if way <= o.rise then return half_cosine(start, o.peak, way / o.rise) end
    return half_cosine(o.peak, finish, (way - o.rise) / (1 - o.rise))
  end
end

---@class swerve.anneal.Warmup
---@field steps integer length of the warm-up
---@field from? number value that the line starts from, at step 0; default: 0
---@field into swerve.Schedule what follows; its own steps count from 1 at the warm-up's end

---A straight line from `from` to the first value of another schedule, reached at step `steps`, and then that schedule.
---@param options swerve.anneal.Warmup
---@return swerve.Schedule
function anneal.warmup(options)
  local o = check.options("anneal.warmup", options, {
    steps = { "count" }, from = { "number", default = 0 }, into = { "schedule" },
  })
  local into = o.into
  if type(into) == "number" then into = function() return o.into end end
  return function(step, metrics, state)
    if step >= o.steps then return into(step - o.steps + 1, metrics, state) end
    -- A schedule with a memory must not be asked about its first step more than once, so ask a copy without one.
    local target = into(1, metrics, {})
    return o.from + (target - o.from) * step / o.steps
  end
end

---@class swerve.anneal.Plateau
---@field start number first value
---@field metric string name of the metric to watch, such as "loss" or "return"
---@field factor? number in (0, 1), what the value is multiplied by; default: 0.5
---@field patience? integer steps without progress before that; default: 10
---@field mode? "min"|"max" what progress is; default: "min"
---@field threshold? number least change that counts as progress; default: 0
---@field floor? number the value never falls below it; default: 0

---Falls by `factor` when a metric has stopped to improve. Its memory is in `state`: value, best, wait.
---@param options swerve.anneal.Plateau
---@return swerve.Schedule
function anneal.plateau(options)
  local o = check.options("anneal.plateau", options, {
    start = { "number" }, metric = { "string" }, factor = { "fraction", default = 0.5 },
    patience = { "count", default = 10 }, mode = { "string", default = "min" },
    threshold = { "nonnegative", default = 0 }, floor = { "number", default = 0 },
  })
  check.choice("mode", o.mode, { "min", "max" })
  if o.floor > o.start then
    check.fail("option 'floor' must be at most 'start' (" .. o.start .. "), got " .. check.shown(o.floor))
  end
  local sign = o.mode == "min" and 1 or -1
  return function(_, metrics, state)
    state.value = state.value or o.start
    local seen = metrics[o.metric]
    if seen == nil then return state.value end
    if state.best == nil or sign * (state.best - seen) > o.threshold then
      state.best, state.wait = seen, 0
    else
      state.wait = state.wait + 1
      if state.wait >= o.patience then
        state.value, state.wait = math.max(o.floor, state.value * o.factor), 0
      end
    end
    return state.value
  end
end

check.makers(anneal, "anneal")

return check.sealed(anneal, "swerve.anneal")
