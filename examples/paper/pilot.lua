-- The pilot that set the scale of the other experiments: how long may the taste of N + 1 digits be, and how strong the
-- penalty, so that the base model succeeds at N + 1 in 2 % to 40 % of texts and there is something to learn from?
--
--   swerve sweep examples/paper/pilot.lua --grid taste_steps=100,200,400 --grid alpha=0,20 --seeds 1
--   swerve sweep examples/paper/pilot.lua --grid kl=1,2.5,5 --grid alpha=0,20 --seeds 1
--   swerve report runs/sweep-pilot-... -o pilot.html
--
-- Look at: success/plus1 before and after, and success/comfort. Only seed 1 is used to choose; the experiments report
-- on other seeds. The sweep pre-trains once for all members that share a model.
local swerve = require "swerve"
local rules = require "swerve.rules"
local addition = require "addition"

local o = swerve.options {
  digits = 3, steps = 1500, taste_steps = 200, taste_share = 0.05,
  alpha = 20, kl = 2.5, temperature = 1.0, short = false,
}

local base = addition.base(o)
local taste = addition.taste(base, o, 1)

return addition.finetune({
  name = "pilot", from = taste, temperature = o.temperature,
  task = swerve.tasks.addition { comfort = o.digits, plus = 1 },
  kl = { coef = o.kl, rule = rules.certainty { alpha = o.alpha } },
}, o.short)
