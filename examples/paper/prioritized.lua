-- The paper's section 5.3 at the scale of two cores: the uniform penalty and the prioritized one from the same model,
-- on the same problems and with the same random numbers, seed by seed.
--
--   swerve sweep examples/paper/prioritized.lua --seeds 11..20
--   swerve report runs/sweep-prioritized-... -o prioritized.html
--
-- The weights are those of examples/addition.lua; this script logs more: log/kl/critical and log/kl/rest, and where
-- texts go wrong (critical.lua).
local swerve = require "swerve"
local anneal = require "swerve.anneal"
local rules = require "swerve.rules"
local addition = require "addition"

local o = swerve.options { alpha = 100, short = false }

local alpha = anneal.linear { from = 0, to = o.alpha, steps = 3 }

return {
  addition.finetune({ name = "uniform" }, o.short),
  addition.finetune({ name = "prioritized", kl = { rule = rules.certainty { alpha = alpha } } }, o.short),
}
