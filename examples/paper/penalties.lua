-- Where should the KL penalty let go? The experiment of examples/addition.lua with another rule, estimator or
-- coefficient for each member of a sweep: what the paper leaves open, and rules of the gallery in the same table.
--
--   swerve sweep examples/paper/penalties.lua --grid rule=certainty,entropy,oracle,both,elsewhere --seeds 11..15
--   swerve sweep examples/paper/penalties.lua --grid rule=high_entropy,dual_token,kl_cov --seeds 11..15
--   swerve sweep examples/paper/penalties.lua --grid estimator=k1,k2,k3 --grid rule=uniform,certainty --seeds 11..15
--   swerve sweep examples/paper/penalties.lua --grid rule=uniform --grid kl=0.1,0.25,0.5,1,2.5 --seeds 11..15
--   swerve report runs/sweep-penalties-... -o penalties.html
local swerve = require "swerve"
local rules = require "swerve.rules"
local addition = require "addition"

local o = swerve.options { rule = "certainty", estimator = "full", kl = 2.5, alpha = 20, short = false }

-- Each makes a rule, and says what else of the stage it changes.
local penalties = {
  uniform = function() return rules.uniform() end,
  -- The paper's certainty, 1 + log(max p) / log V; then the largest probability, and the entropy in place of it.
  certainty = function() return rules.certainty { alpha = o.alpha } end,
  max_prob = function() return rules.certainty { alpha = o.alpha, measure = "max_prob" } end,
  entropy = function() return rules.certainty { alpha = o.alpha, measure = "negentropy" } end,
  -- The task's own critical tokens are free: by themselves, and with the certainty at all others. Then the contrary:
  -- the certainty everywhere but there, where the penalty is whole.
  oracle = function() return rules.oracle {} end,
  both = function() return function(t) return t.critical:where(0, t.certainty ^ o.alpha) end end,
  elsewhere = function() return function(t) return t.critical:where(1, t.certainty ^ o.alpha) end end,
  -- From the gallery: only the most uncertain fifth learns; the penalty spares that fifth; it holds few tokens alone.
  high_entropy = function() return rules.high_entropy { share = 0.2 } end,
  dual_token = function()
    local rule = rules.dual_token { share = 0.2 }
    -- Its clip ranges are for losses with a ratio of probabilities; A2C has none.
    return function(...) return rule(...).kl end
  end,
  kl_cov = function() return rules.kl_cov { share = 0.02 } end,
}

local function stage(name, rule, estimator)
  -- In the loss k1's gradient is noise around zero, so swerve refuses it there: its place is the reward.
  local where = estimator == "k1" and "reward" or "loss"
  return addition.finetune(
    { name = name, kl = { coef = o.kl, estimator = estimator, where = where, rule = penalties[rule]() } }, o.short)
end

if o.short then  -- for the golden file: each rule, then each estimator
  local stages = {}
  for rule in pairs(penalties) do stages[#stages + 1] = stage(rule, rule, "full") end
  for _, estimator in ipairs { "k1", "k2", "k3" } do stages[#stages + 1] = stage(estimator, "certainty", estimator) end
  return stages
end
if not penalties[o.rule] then error("option 'rule' must be one of the names in this script, got " .. o.rule, 0) end
return stage("tuned", o.rule, o.estimator)
