-- The usual KL penalty: w = 1 at every token. What the other rules are compared with.
local check = require "swerve.check"
local host = require "swerve.internal"

---Weights of the KL penalty: 1.
---@return swerve.Rule
return function()
  return host.rule(function() return 1 end, check.place())
end
