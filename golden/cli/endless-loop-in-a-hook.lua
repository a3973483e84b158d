-- $ swerve run endless-loop-in-a-hook.lua --out record
-- A loop in a rule that never ends.
local swerve = require "swerve"

local function rule(t)
  local weights, i = {}, 1
  while i <= t.count do weights[#weights + 1] = 1 end
  return weights
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
