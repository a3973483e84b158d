-- Experiment 3: levels of pre-training. Models with another N each are fine-tuned to N + 2 digits, with the uniform
-- penalty.
--
--   swerve sweep examples/paper/levels_from_scratch.lua --grid digits=3,5,7 --grid base=1,2,3 --seeds 21..23
--   swerve report runs/sweep-levels_from_scratch-... -o levels.html
--
-- Look at: success/plus2 before and after; with a success of 0 % before there is nothing to learn from.
local study = require "study"

local o = study.options { plus = 2 }

return study.finetune(o, { name = "uniform", from = study.base(o) })
