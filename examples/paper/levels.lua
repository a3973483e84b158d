-- The paper's section 5.2 at the scale of two cores: does more pre-training explore better? Models that were
-- pre-trained on numbers of up to N digits are fine-tuned to N + 2 digits with the uniform penalty.
--
--   swerve sweep examples/paper/levels.lua --grid digits=2,3,4 --seeds 11..20
--   swerve report runs/sweep-levels-... -o levels.html
--
-- Pre-training has a seed of its own, so that a sweep computes each level once. As in pretraining.lua, a taste of texts
-- with more digits follows: without it no text on N + 2 is ever right, and there is nothing to learn from.
local swerve = require "swerve"
local addition = require "addition"

local o = swerve.options {
  digits = 3, steps = 1500, taste_steps = 300, taste_share = 0.2, short = false,
  base = "",     -- a checkpoint of the stage `base` of pretraining.lua, instead of the same training again
}

local base = o.base == "" and addition.base(o) or o.base
local taste = addition.taste(base, o, 2)

return addition.finetune({
  name = "uniform", from = taste, task = swerve.tasks.addition { comfort = o.digits, plus = 2 },
  eval = { every = 5, greedy = false, sets = { comfort = 100, plus1 = 100, plus2 = 200 } },
}, o.short)
