-- The gallery of rules: how much each generated token weighs in the KL penalty, the policy term and the entropy term,
-- what its advantage is, and how far its probability may move. One file for each in lua/swerve/rules.
--
-- A rule is a function (t, step, rng, state, metrics) of the columns of a collected batch. It returns the weights of
-- the KL penalty, or a table with any of kl, policy, entropy, advantage, clip_low and clip_high, and, if it likes, a
-- table of numbers to log. `state` is its memory from one step to the next; `metrics` are those of the step before.
local check = require "swerve.check"

local rules = {
  -- Weights of the KL penalty.
  uniform = require "swerve.rules.uniform",
  certainty = require "swerve.rules.certainty",
  oracle = require "swerve.rules.oracle",
  kl_cov = require "swerve.rules.kl_cov",
  -- Weights of the policy term.
  high_entropy = require "swerve.rules.high_entropy",
  clip_cov = require "swerve.rules.clip_cov",
  kl_mask = require "swerve.rules.kl_mask",
  entropy_advantage = require "swerve.rules.entropy_advantage",
  rsi = require "swerve.rules.rsi",
  stapo = require "swerve.rules.stapo",
  gtpo = require "swerve.rules.gtpo",
  -- Advantages in place of the estimated ones.
  centered_kl = require "swerve.rules.centered_kl",
  zcpo = require "swerve.rules.zcpo",
  empg = require "swerve.rules.empg",
  -- Bounds of the ratio, for losses that clip it.
  clip_higher = require "swerve.rules.clip_higher",
  dual_token = require "swerve.rules.dual_token",
  -- Your own, token by token.
  each = require "swerve.rules.each",
}

return check.sealed(rules, "swerve.rules")
