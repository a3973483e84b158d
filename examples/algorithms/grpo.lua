-- GRPO and its variants: eight answers to each problem, judged against each other, so that no critic is needed.
--
--   swerve run examples/algorithms/grpo.lua
--
-- Look at: return, the mean reward, over the updates of each stage.
local swerve = require "swerve"
local letters = require "letters"

local function stage(options)
  options.from, options.task = letters.reference, letters.task
  if not options.loss then options.algorithm = "grpo" end
  options.advantage, options.group, options.normalize = "group", 8, options.normalize or "group_std"
  options.updates, options.episodes, options.minibatch, options.epochs, options.lr = 6, 64, 32, 2, 1e-3
  options.kl = options.kl or { coef = 0.05 }
  return swerve.finetune(options)
end

return {
  stage { name = "grpo" },
  stage { name = "dr_grpo", normalize = "none", aggregate = "constant", aggregate_length = 4 },
  stage { name = "dapo", aggregate = "tokens", clip = 0.2, clip_high = 0.28, kl = { coef = 0 } },
  stage { name = "gspo", ratio = "sequence", clip = 0.1 },
  -- Losses that are not GRPO's, with its groups.
  stage { name = "cispo", loss = require "swerve.losses.cispo", clip = 0.2 },
  stage { name = "sapo", loss = require "swerve.losses.sapo", coefficients = { tau_good = 1.0, tau_bad = 1.05 } },
  stage { name = "two_sided", loss = require "swerve.losses.two_sided", clip = 0.2, coefficients = { delta = 4 } },
  -- The reference follows the policy (TR-DPO).
  stage { name = "moving_reference", reference = { every = 2, mix = 0.5 } },
}
