-- Methods that followed the prioritized penalty or share its question, which tokens a penalty or an advantage should
-- spare: a stage for each of the gallery.
--
--   swerve run examples/rules/followers.lua
--
-- Look at: kl/full and success/train of each stage, and what the rules log: rule/kept, rule/silenced, rule/skipped.
local kl_unclipped = require "swerve.losses.kl_unclipped"
local ppo = require "swerve.ppo"
local rules = require "swerve.rules"
local skewed_kl = require "swerve.losses.skewed_kl"
local a2c = require "swerve.a2c"
local words = require "words"

return {
  -- Where and how the policy is held to the reference.
  words.stage("skewed-kl", { loss = skewed_kl { a = 0.8, loss = a2c }, kl = { coef = 0.1 } }),
  words.stage("kl-unclipped", { loss = kl_unclipped { loss = ppo }, clip = 0.02, epochs = 2, kl = { coef = 0.1 } }),
  words.stage("centered-kl", { kl = { coef = 0, rule = rules.centered_kl { coef = 0.1 } } }),
  words.stage("zcpo", {
    algorithm = "grpo", group = 4, normalize = "none", vf = 0, kl = { coef = 0, rule = rules.zcpo { beta = 4 } },
  }),
  -- Which tokens learn, and how much.
  words.stage("rsi", { kl = { coef = 0.1, rule = rules.rsi { low = 0.2, high = 3 } } }),
  words.stage("stapo", { kl = { coef = 0.1, rule = rules.stapo { probability = 0.2, share = 0.5 } } }),
  words.stage("empg", { kl = { coef = 0.1, rule = rules.empg { k = 1, zeta = 0.05 } } }),
  words.stage("gtpo", { kl = { coef = 0.1, rule = rules.gtpo { b = 0.5 } } }),
}
