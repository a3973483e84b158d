-- The task and the model of the scripts in this folder: write a word of three letters backwards. Answers can be partly
-- right, so that those to one problem differ.
local swerve = require "swerve"

local letters = {}

letters.task = swerve.tasks.custom {
  name = "letters",
  alphabet = "abc>\n",
  prompt = function(rng)
    local word = ""
    for _ = 1, 3 do word = word .. string.char(rng:within(97, 99)) end
    return word .. ">"
  end,
  solution = function(prompt) return prompt:sub(1, 3):reverse() end,
  reward = function(prompt, answer, finished)
    local right = 0
    for i = 1, 3 do
      if answer:sub(i, i) == prompt:sub(4 - i, 4 - i) then right = right + 1 end
    end
    return finished and #answer == 3 and right / 3 or 0
  end,
  success = function(prompt, answer, finished) return finished and answer == prompt:sub(1, 3):reverse() end,
  longest_prompt = 4, limit = 8,
}

---A model that has seen the task for a moment: it writes letters, few of them right.
letters.reference = swerve.pretrain {
  name = "reference", task = letters.task,
  model = { layers = 2, heads = 2, width = 32, context = 12, positions = "rotary" },
  steps = 40, batch = 16, lr = 3e-3,
}

return letters
