-- $ swerve run error-some-calls-down.lua --out record
-- An error some calls down in a hook.
local swerve = require "swerve"

local function scaled(column, options)
  return column * options.scale.value
end

local function rule(t)
  local weights = scaled(t.certainty, { scales = 2 })
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
