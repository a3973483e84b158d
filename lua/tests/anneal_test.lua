local anneal = require "swerve.anneal"
local testing = require "swerve.testing"

-- The values at some steps.
local function at(schedule, steps)
  local values = {}
  for i, step in ipairs(steps) do values[i] = schedule(step, {}, {}) end
  return values
end

testing.case("constant stays", function()
  testing.equal(at(anneal.constant { value = 3 }, { 1, 1000 }), { 3, 3 })
end)

testing.case("linear starts with `from`, ends with `to`, and stays there", function()
  testing.equal(at(anneal.linear { from = 10, to = 2, steps = 5 }, { 1, 2, 3, 4, 5, 6, 100 }), { 10, 8, 6, 4, 2, 2, 2 })
end)

testing.case("gives the last value where there is one step", function()
  testing.equal(anneal.linear { from = 10, to = 2, steps = 1 }(1), 2)
  testing.equal(anneal.exponential { from = 10, to = 2, steps = 1 }(1), 2)
  testing.equal(anneal.polynomial { from = 10, to = 2, steps = 1 }(1), 2)
end)

-- A quarter, a half and three quarters of the way down: 0.5 (1 + cos) is 0.5 + sqrt(1/8), 0.5, 0.5 - sqrt(1/8).
testing.case("cosine falls from the peak to the floor", function()
  local found = at(anneal.cosine { peak = 3, floor = 1, steps = 5 }, { 1, 2, 3, 4, 5, 6 })
  testing.near(found, { 3, 2 + 2 ^ 0.5 / 2, 2, 2 - 2 ^ 0.5 / 2, 1, 1 })
end)

testing.case("cosine warms up to the peak first", function()
  local found = at(anneal.cosine { peak = 8, steps = 8, warmup = 4 }, { 1, 2, 3, 4, 6, 8 })
  testing.near(found, { 2, 4, 6, 8, 4, 0 })
end)

testing.case("exponential multiplies with the same factor", function()
  testing.near(at(anneal.exponential { from = 16, to = 1, steps = 5 }, { 1, 2, 3, 4, 5, 9 }), { 16, 8, 4, 2, 1, 1 })
end)

testing.case("polynomial falls fast first", function()
  local found = at(anneal.polynomial { from = 17, to = 1, steps = 5 }, { 1, 2, 3, 4, 5, 6 })
  testing.near(found, { 17, 10, 5, 2, 1, 1 })
  testing.near(anneal.polynomial { from = 17, to = 1, steps = 5, power = 1 }(3), 9)
end)

testing.case("piecewise goes in lines or in stairs", function()
  local points = { { 2, 10 }, { 4, 20 }, { 8, 0 } }
  testing.equal(at(anneal.piecewise { points = points }, { 1, 2, 3, 4, 5, 8, 9 }), { 10, 10, 15, 20, 15, 0, 0 })
  local stairs = anneal.piecewise { points = points, interpolate = "step" }
  testing.equal(at(stairs, { 1, 2, 3, 4, 7, 8, 9 }), { 10, 10, 10, 20, 20, 0, 0 })
end)

-- The way is (step - 1) / 8. Up half a cosine until half of it, then down.
testing.case("one_cycle rises to the peak and falls", function()
  local cycle = anneal.one_cycle { peak = 9, start = 1, finish = 0, steps = 9, rise = 0.5 }
  testing.near(at(cycle, { 1, 3, 5, 7, 9, 10 }), { 1, 5, 9, 4.5, 0, 0 }, { abs = 1e-12 })
  local given = anneal.one_cycle { peak = 50, steps = 9 }
  testing.near(at(given, { 1, 9 }), { 2, 0.005 })
end)

testing.case("warmup leads to the first value of what follows", function()
  local after = anneal.linear { from = 8, to = 0, steps = 5 }
  testing.equal(at(anneal.warmup { steps = 4, into = after }, { 1, 2, 3, 4, 5, 8 }), { 2, 4, 6, 8, 6, 0 })
  testing.equal(at(anneal.warmup { steps = 2, from = 4, into = 8 }, { 1, 2, 3 }), { 6, 8, 8 })
end)

testing.case("warmup asks a schedule with a memory only when it follows", function()
  local function counts(_, _, state)
    state.calls = (state.calls or 0) + 1
    return state.calls
  end
  local schedule, state = anneal.warmup { steps = 3, into = counts }, {}
  local found = {}
  for step = 1, 5 do found[step] = schedule(step, {}, state) end
  testing.near(found, { 1 / 3, 2 / 3, 1, 2, 3 })
end)

-- Progress, none twice, progress, none twice, none twice: halved each time, but not below 3.
testing.case("plateau halves after as many steps without progress", function()
  local schedule = anneal.plateau { start = 8, metric = "loss/total", patience = 2, floor = 3 }
  local state, found = {}, { schedule(1, {}, {}) }
  for i, seen in ipairs { 5, 5, 6, 4, 4, 4, 4, 4 } do
    found[i + 1] = schedule(i + 1, { ["loss/total"] = seen }, state)
  end
  testing.equal(found, { 8, 8, 8, 4, 4, 4, 3, 3, 3 })
  testing.equal(state, { value = 3, best = 4, wait = 0 })
end)

testing.case("plateau can wait for a metric to rise, by a threshold", function()
  local schedule =
    anneal.plateau { start = 1, metric = "return", mode = "max", patience = 1, threshold = 0.25, factor = 0.25 }
  local state, found = {}, {}
  for i, seen in ipairs { 0, 0.25, 0.5 } do found[i] = schedule(i, { ["return"] = seen }, state) end
  testing.equal(found, { 1, 0.25, 0.25 })
end)

testing.case("checks options where they are given", function()
  testing.raises("unknown option 'form' of anneal.linear; did you mean 'from'?", function()
    anneal.linear { form = 1, to = 2, steps = 3 }
  end)
  testing.raises("option 'steps' must be a whole number of at least 1, got 2.5 (number)", function()
    anneal.linear { from = 1, to = 2, steps = 2.5 }
  end)
  testing.raises("option 'warmup' must be below 'steps' (4), got 4 (number)", function()
    anneal.cosine { peak = 1, steps = 4, warmup = 4 }
  end)
  testing.raises("the steps of option 'points' must rise, got 2 at place 2", function()
    anneal.piecewise { points = { { 2, 1 }, { 2, 3 } } }
  end)
  testing.raises('option \'mode\' must be one of "min", "max", got "least" (string)', function()
    anneal.plateau { start = 1, metric = "x", mode = "least" }
  end)
  testing.raises("swerve.anneal has no 'liner'; did you mean 'linear'?", function() return anneal.liner end)
end)

testing.case("rejects a plateau's floor above its start, which would make it rise", function()
  testing.raises("'floor' must be at most 'start'", function()
    anneal.plateau { start = 0.1, metric = "loss", floor = 0.2 }
  end)
end)
