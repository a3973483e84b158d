-- Rules for the KL penalty's weight of each token: none, one that is written for whole columns, and one for a token at
-- a time.
--
--   swerve run examples/own_rule.lua --out runs/own_rule
--   swerve rule examples/own_rule.lua --on runs/own_rule/checkpoints/line_ends.safetensors --prompt "abc>"
--                                                         each token of an answer with its weight
--
-- Look at: return and kl/full in the last line of each stage; where the penalty lets go of half of the tokens, both are
-- higher. weight/q1 and weight/q50 say what a rule weighed.
local swerve = require "swerve"
local rules = require "swerve.rules"
local letters = require "algorithms.letters"

local function stage(name, rule)
  return swerve.finetune {
    name = name, from = letters.reference, task = letters.task,
    updates = 60, episodes = 64, minibatch = 32, normalize = "mean_std", lr = 1e-3,
    vf = 0.5, critic = { detach = true },
    kl = { coef = 0.3, estimator = "full", rule = rule },
    eval = { every = 60, greedy = false, sets = { training = 200 } },
  }
end

return {
  stage("everywhere"),
  -- Columns are tensors: the penalty holds where the reference's entropy is below its median.
  stage("where_sure", function(t) return t.ref_entropy:lt(t.ref_entropy:quantile(0.5)) end),
  -- One token as plain numbers, with its text: the penalty holds the line's end, and lets go of the letters.
  stage("line_ends", rules.each(function(tok) return tok.text == "\n" and 1 or 0.1 end)),
}
