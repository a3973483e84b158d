-- $ swerve check check-stop-without-return.lua
-- Whether the stage ends is not returned.
local swerve = require "swerve"

local letters = swerve.tasks.custom {
  name = "first_letter",
  alphabet = "abh>.", stop = ".", longest_prompt = 4, limit = 3,
  prompt = function(rng) return rng:below(2) == 0 and "ab>" or "ba>" end,
  sets = { hard = function(rng) return "hab>" end },
  solution = function(prompt) return prompt:sub(1, 1) end,
}

local reference = swerve.pretrain {
  model = { layers = 1, heads = 1, width = 8, context = 16 },
  task = letters, steps = 1, batch = 2, lr = 1e-3,
}

return swerve.finetune {
  from = reference, task = letters,
  updates = 6, episodes = 2, minibatch = 2, lr = 1e-4,
  stop_when = function(metrics, step, state)
    state.best = math.max(state.best or 0, metrics["return"])
    local done = step > 3 and metrics["return"] < state.best
  end,
}
