-- Which tokens the KL penalty holds to the reference: a stage for each rule of the gallery that weighs the penalty.
--
--   swerve run examples/rules/kl-weights.lua
--
-- Look at: weight/q1 ... weight/q50 of each stage, the smallest to the median weight of a token, and kl/k2.
local swerve = require "swerve"
local anneal = require "swerve.anneal"
local rules = require "swerve.rules"
local words = require "words"

local o = swerve.options { alpha = 10 }

local function stage(name, rule)
  return words.stage(name, { kl = { coef = 1, temperature = 2, rule = rule } })
end

local alpha = anneal.linear { from = 0, to = o.alpha, steps = 4 }

return {
  stage("uniform", rules.uniform()),
  stage("oracle", rules.oracle {}),
  -- The four measures of certainty; the second is the paper's.
  stage("max-prob", rules.certainty { alpha = alpha, measure = "max_prob" }),
  stage("prioritized", rules.certainty { alpha = alpha }),
  stage("negentropy", rules.certainty { alpha = alpha, measure = "negentropy" }),
  stage("sample", rules.certainty { alpha = alpha, measure = "sample" }),
  -- Where the reference knows nothing, leaving it is rewarded.
  stage("intercept", rules.certainty { alpha = alpha, intercept = -0.1 }),
  -- The exponent halves as long as the divergence grows.
  stage("plateau", rules.certainty { alpha = anneal.plateau { start = o.alpha, metric = "kl/k2", patience = 1 } }),
  stage("kl-cov", rules.kl_cov { share = 0.05 }),
  -- A rule of one's own: the first letters are free.
  stage("each", rules.each(function(tok) return tok.position <= 2 and 0 or tok.certainty end)),
}
