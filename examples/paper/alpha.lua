-- Over which range of alpha does the prioritized penalty help? The experiment of examples/addition.lua with one
-- exponent for each member of a sweep, constant or annealed from 0 over some updates; alpha = 0 is the uniform penalty.
--
--   swerve sweep examples/paper/alpha.lua --grid alpha=0,1,5,10,20,50,100 --seeds 11..15
--   swerve sweep examples/paper/alpha.lua --grid alpha=5,20,100 --grid annealed=3 --seeds 11..15
--   swerve report runs/sweep-alpha-... -o alpha.html
local swerve = require "swerve"
local anneal = require "swerve.anneal"
local rules = require "swerve.rules"
local addition = require "addition"

local o = swerve.options { alpha = 20, annealed = 0, short = false }

local alpha = o.alpha
if o.annealed > 0 then alpha = anneal.linear { from = 0, to = o.alpha, steps = o.annealed } end

return addition.finetune({ name = "prioritized", kl = { rule = rules.certainty { alpha = alpha } } }, o.short)
