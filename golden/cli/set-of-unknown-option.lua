-- $ swerve check set-of-unknown-option.lua --set alhpa=10
-- A --set of an option that the script does not declare.
local swerve = require "swerve"
local o = swerve.options { alpha = 20, kl = 1 }

local reference = swerve.pretrain {
  model = { layers = 1, heads = 1, width = 8, context = 240 },
  task = swerve.tasks.addition { comfort = 1 }, steps = 1, batch = 2, lr = 1e-3,
}

return swerve.finetune {
  from = reference,
  task = swerve.tasks.addition { comfort = 1, plus = 1 },
  updates = 2, episodes = 2, minibatch = 2, lr = 1e-4,
  kl = { coef = o.kl, rule = swerve.rules.certainty { alpha = o.alpha } },
}
