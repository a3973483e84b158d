local stop = require "swerve.stop"
local testing = require "swerve.testing"

-- The first step that ends the stage, and why, while a metric takes these values; false: not measured.
local function ending(rule, name, seen)
  local state = {}
  for step, value in ipairs(seen) do
    local ends, reason = rule({ [name] = value or nil }, step, state)
    if ends then return step, reason end
  end
end

testing.case("plateau ends after `patience` measurements without progress", function()
  local rule = stop.plateau { metric = "success/x", patience = 2 }
  local step, reason = ending(rule, "success/x", { 0.25, 0.5, 0.5, 0.75, 0.5, 0.75, 1 })
  testing.equal(step, 6)
  testing.equal(reason, "success/x has not improved on 0.75 in 2 measurements")
end)

testing.case("plateau does not count steps that measure nothing", function()
  local rule = stop.plateau { metric = "success/x", patience = 2 }
  testing.equal((ending(rule, "success/x", { 0.5, false, false, false, 0.25, false, 0.5 })), 7)
  testing.equal((ending(rule, "success/x", { false, false, false, false })), nil)
end)

testing.case("plateau takes what is smaller for progress, and only a change beyond the threshold", function()
  local rule = stop.plateau { metric = "loss", patience = 1, mode = "min", threshold = 0.25 }
  testing.equal((ending(rule, "loss", { 2, 1.5, 1.375, 1 })), 3)
end)

testing.case("reached ends at the goal", function()
  local step, reason = ending(stop.reached { metric = "a", value = 0.5 }, "a", { 0.25, false, 0.5 })
  testing.equal(step, 3)
  testing.equal(reason, "a is 0.5, the goal was 0.5")
  testing.equal((ending(stop.reached { metric = "a", value = 0.5, mode = "min" }, "a", { 0.75, 0.5 })), 2)
end)

testing.case("rejects options that are not there", function()
  testing.raises("option 'patience' of stop.plateau is missing", function() stop.plateau { metric = "a" } end)
  testing.raises("unknown option 'goal' of stop.reached", function() stop.reached { metric = "a", goal = 1 } end)
  testing.raises("option 'mode' must be one of", function() stop.reached { metric = "a", value = 1, mode = "up" } end)
end)
