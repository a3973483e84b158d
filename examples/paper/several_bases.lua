-- Prioritized against uniform on several base models: the experiment of examples/addition.lua, from models that differ
-- in the seed of their pre-training alone. How much of its result is that of one model? alpha = 0 is uniform.
--
--   swerve sweep examples/paper/several_bases.lua --grid base=1,2,3,4,5 --grid alpha=0,20,100 --seeds 21..23
--   swerve sweep examples/paper/several_bases.lua --grid base=1,2,3,4,5 --grid alpha=0 --grid kl=0.5 --seeds 21..23
--   .ci/paper-study runs/sweep-several_bases-... > docs/paper-study.csv && .ci/paper-study --write
--
-- Look at: success/plus1 before and after, by base model; kl/full. swerve trains each base model once for a folder.
local swerve = require "swerve"
local rules = require "swerve.rules"
local addition = require "addition"

local o = swerve.options {
  base = 1, alpha = 20, kl = 2.5, digits = 3, steps = 1500, taste_steps = 200, taste_share = 0.05, short = false,
}

return addition.finetune({
  name = "tuned", from = addition.taste(addition.base(o, o.base), o, 1, o.base),
  kl = { coef = o.kl, rule = rules.certainty { alpha = o.alpha } },
}, o.short)
