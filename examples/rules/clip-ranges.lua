-- How far a token's probability may move: rules that bound the ratio of a clipped loss, a loss that masks what the
-- policy has left, and one that keeps improbable tokens alive.
--
--   swerve run examples/rules/clip-ranges.lua
--
-- Look at: loss/clipped of each stage, the share of tokens beyond their bounds; loss/masked and
-- loss/protected of the last two.
local lp_reg = require "swerve.losses.lp_reg"
local off_policy_mask = require "swerve.losses.off_policy_mask"
local ppo = require "swerve.ppo"
local rules = require "swerve.rules"
local words = require "words"

local function stage(name, rule, loss)
  return words.stage(name, { loss = loss or ppo, clip = 0.2, epochs = 2, kl = { coef = 0.1, rule = rule } })
end

return {
  stage("ppo"),
  stage("clip-higher", rules.clip_higher { low = 0.2, high = 0.28 }),
  stage("dual-token", rules.dual_token()),
  stage("off-policy-mask", nil, off_policy_mask { delta = 0.02, loss = ppo }),
  stage("lp-reg", nil, lp_reg { coef = 1, share = 0.2, loss = ppo }),
}
