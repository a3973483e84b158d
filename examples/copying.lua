-- A task of your own with a loss of your own: write a word again, and learn from good answers alone. The loss raises
-- the probability of every answer by its reward, which makes it imitation of what succeeded.
--
--   swerve run examples/copying.lua
--
-- Look at: return over the updates, and success/training before and after each stage.
local swerve = require "swerve"

local copying = swerve.tasks.custom {
  name = "copying",
  alphabet = { "abcdef", ">", "\n" },
  prompt = function(rng)
    local word = ""
    for _ = 1, rng:within(2, 4) do word = word .. string.char(rng:within(97, 102)) end
    return word .. ">"
  end,
  solution = function(prompt) return prompt:sub(1, -2) end,
  longest_prompt = 5, limit = 6,
}

local reference = swerve.pretrain {
  model = { layers = 2, heads = 2, width = 32, context = 12, positions = "rotary" }, task = copying,
  steps = 120, batch = 32, lr = 4e-3, eval = { every = 120, greedy = false, sets = { training = 200 } },
}

-- With gamma 1 and lambda 1, `returns` is the episode's reward at each of its tokens. No critic is needed.
local function imitate(t, c)
  local policy = -(t.logp * t.returns):mean()
  return policy - c.entropy * t.entropy:mean(), { policy = policy }
end

return swerve.finetune {
  from = reference, task = copying, loss = imitate, gae_lambda = 1.0,
  updates = 60, episodes = 128, minibatch = 64, lr = 3e-3, entropy = 0,
  eval = { every = 60, greedy = false, sets = { training = 200 } },
}
