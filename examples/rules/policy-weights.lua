-- Which tokens learn: a stage for each rule of the gallery that weighs the policy term.
--
--   swerve run examples/rules/policy-weights.lua
--
-- Look at: loss/policy of each stage, and what the rules log: rule/threshold, rule/dropped, rule/kept.
local rules = require "swerve.rules"
local words = require "words"

local function stage(name, rule) return words.stage(name, { kl = { coef = 0.1, rule = rule } }) end

return {
  stage("high-entropy", rules.high_entropy { share = 0.2 }),
  stage("clip-cov", rules.clip_cov { share = 0.05, above = 0.2, below = 5 }),
  stage("kl-mask", rules.kl_mask { tau = 0.02 }),
  stage("entropy-advantage", rules.entropy_advantage { alpha = 0.4, kappa = 2 }),
}
