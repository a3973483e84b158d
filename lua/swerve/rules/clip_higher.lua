-- Clip-higher (DAPO): the ratio to the old policy is clipped to [1 - low, 1 + high] with more room above than below.
-- Yu et al., "DAPO", arXiv 2503.14476; 0.2 and 0.28 as published, with no KL penalty.
--
-- Helps against falling entropy: an improbable token of a good answer may grow further. For losses that clip.
local check = require "swerve.check"
local host = require "swerve.internal"

---@class swerve.rules.ClipHigher
---@field low? number at least 0; default: 0.2
---@field high? number at least 0; default: 0.28

---Both clip ranges.
---@param options? swerve.rules.ClipHigher
---@return swerve.Rule
return function(options)
  local o = check.options("rules.clip_higher", options or {}, {
    low = { "nonnegative", default = 0.2 }, high = { "nonnegative", default = 0.28 },
  })
  local function clip_higher() return { clip_low = o.low, clip_high = o.high } end
  return host.rule(clip_higher, check.place(), false, {}, { "clips" })
end
