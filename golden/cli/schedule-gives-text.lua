-- $ swerve run schedule-gives-text.lua --out record
-- A schedule that gives a text from its second step on.
local swerve = require "swerve"

local function coefficient(step)
  if step < 2 then return 1 end
  return "2.5 nats"
end

local reference = swerve.pretrain {
  model = { layers = 1, heads = 1, width = 8, context = 240 },
  task = swerve.tasks.addition { comfort = 1 }, steps = 1, batch = 2, lr = 1e-3,
}

return swerve.finetune {
  from = reference,
  task = swerve.tasks.addition { comfort = 1, plus = 1 },
  updates = 2, episodes = 2, minibatch = 2, lr = 1e-4,
  kl = { coef = coefficient, rule = swerve.rules.uniform() },
}
