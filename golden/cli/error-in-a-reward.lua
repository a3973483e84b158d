-- $ swerve run error-in-a-reward.lua --out record
-- An error inside a task's function that judges an answer.
local swerve = require "swerve"

local function reward(prompt, answer)
  local first = answer:match "^%a"
  return first:byte() == prompt:byte() and 1 or 0
end

local task = swerve.tasks.custom {
  name = "first_letter", alphabet = "ab>\n", longest_prompt = 2, limit = 4,
  prompt = function(rng) return (rng:below(2) == 0 and "a" or "b") .. ">" end,
  solution = function(prompt) return prompt:sub(1, 1) end,
  reward = reward,
}

local reference = swerve.pretrain {
  model = { layers = 1, heads = 1, width = 8, context = 8 }, task = task, steps = 1, batch = 2, lr = 1e-3,
}

return swerve.finetune { from = reference, task = task, updates = 2, episodes = 4, minibatch = 2, lr = 1e-4 }
