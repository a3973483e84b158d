-- Experiment 2: prioritized against uniform on several base models, N to N + 1 digits, and the range of the exponent.
-- The exponent 0 is the uniform penalty. The certainty is the paper's, 1 - H / log V, or by the largest probability.
--
--   swerve sweep examples/paper/exponents.lua --grid base=1,2,3,4,5 --grid alpha=0,150 --seeds 21..25
--
-- and likewise with --grid alpha=10,50,500,1000, with --grid alpha=0,150 --grid estimator=full, and with
-- --grid alpha=150 --grid measure=negentropy_max_prob. Then
--
--   swerve report runs/sweep-exponents-... -o exponents.html
--
-- Look at: success/plus1 over the updates, log/kl/critical and log/kl/rest, and critical/plus1/*, the probability of
-- the right character at the critical commas and digits.
local rules = require "swerve.rules"
local study = require "study"

local o = study.options { alpha = 150, measure = "negentropy" }

return study.finetune(o, {
  name = "tuned", from = study.base(o), kl = { rule = rules.certainty { alpha = o.alpha, measure = o.measure } },
})
