-- Experiment 4: the size of the model. Prioritized against uniform at 0.8, 3 and 11 million weights, N to N + 1 digits.
--
--   swerve sweep examples/paper/sizes.lua --grid size=middle --grid base=1,2,3 --grid alpha=0,150 --seeds 21..23
--   swerve sweep examples/paper/sizes.lua --grid size=small --grid base=1 --grid alpha=0,150 --seeds 21..23
--   swerve report runs/sweep-sizes-... -o sizes.html
--
-- nano is a part of exponents.lua. Look at: success/plus1 before and after.
local rules = require "swerve.rules"
local study = require "study"

local o = study.options { alpha = 150, size = "small" }

return study.finetune(o, {
  name = "tuned", from = study.base(o), kl = { rule = rules.certainty { alpha = o.alpha, measure = "negentropy" } },
})
