-- $ swerve run hidden-state.lua --out record
-- A rule that counts its calls in a local of the script, which no checkpoint would keep.
local swerve = require "swerve"

local calls = 0
local function rule(t)
  calls = calls + 1
  return t.certainty ^ calls
end

local reference = swerve.pretrain {
  model = { layers = 1, heads = 1, width = 8, context = 240 },
  task = swerve.tasks.addition { comfort = 1 }, steps = 1, batch = 2, lr = 1e-3,
}

return swerve.finetune {
  from = reference,
  task = swerve.tasks.addition { comfort = 1, plus = 1 },
  updates = 2, episodes = 2, minibatch = 2, lr = 1e-4,
  kl = { coef = 1, rule = rule },
}
