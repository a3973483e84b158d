-- Where should the KL penalty let go? The experiment of examples/addition.lua with another rule, estimator or
-- coefficient for each member of a sweep: what the paper leaves open, and rules of the gallery in the same table.
--
--   swerve sweep examples/paper/penalties.lua --grid rule=uniform,certainty,max_prob,entropy,oracle,both --seeds 11..15
--   swerve sweep examples/paper/penalties.lua --grid rule=high_entropy,dual_token,kl_cov --seeds 11..15
--   swerve sweep examples/paper/penalties.lua --grid estimator=k2,k3 --grid rule=uniform,certainty --seeds 11..15
--   swerve sweep examples/paper/penalties.lua --grid estimator=k1 --grid where=reward --grid rule=uniform,certainty \
--     --seeds 11..15
--   swerve sweep examples/paper/penalties.lua --grid kl=1,2.5,5 --grid rule=uniform,certainty --seeds 11..15
--   swerve report runs/sweep-penalties-... -o penalties.html
local swerve = require "swerve"
local rules = require "swerve.rules"
local addition = require "addition"

-- In the loss k1's gradient is noise around zero, so swerve refuses it there: its place is the reward.
local o = swerve.options {
  rule = "certainty", estimator = "full", where = "loss", kl = 2.5, alpha = 20, short = false,
}

-- Each makes a rule, and says what else of the stage it changes.
local penalties = {
  uniform = function() return rules.uniform() end,
  -- The paper's certainty, 1 + log(max p) / log V; then the largest probability, and the entropy in place of it.
  certainty = function() return rules.certainty { alpha = o.alpha } end,
  max_prob = function() return rules.certainty { alpha = o.alpha, measure = "max_prob" } end,
  entropy = function() return rules.certainty { alpha = o.alpha, measure = "negentropy" } end,
  -- The task's own critical tokens are free: by themselves, and with the certainty at all others.
  oracle = function() return rules.oracle {} end,
  both = function() return function(t) return t.critical:where(0, t.certainty ^ o.alpha) end end,
  -- From the gallery: only the most uncertain fifth learns; the penalty spares that fifth; it holds few tokens alone.
  high_entropy = function() return rules.high_entropy { share = 0.2 } end,
  dual_token = function()
    local rule = rules.dual_token { share = 0.2 }
    -- Its clip ranges are for losses with a ratio of probabilities; A2C has none.
    return function(...) return rule(...).kl end
  end,
  kl_cov = function() return rules.kl_cov { share = 0.02 } end,
}

local make = penalties[o.rule]
if not make then error("option 'rule' must be one of the names in this script, got " .. o.rule, 0) end

return addition.finetune(
  { name = "tuned", kl = { coef = o.kl, estimator = o.estimator, where = o.where, rule = make() } }, o.short)
