-- What the scripts in this folder share: a model that writes words of up to 3 letters backwards, and stages that train
-- it on 4 letters. The fourth letter, and the end after it, are where a model that is used to three would stop: the
-- critical tokens. All is as small as it can be for the rules to differ.
local swerve = require "swerve"

local function word(rng, letters)
  local text = ""
  for _ = 1, letters do text = text .. string.char(rng:within(97, 99)) end
  return text .. ">"
end

local function task(prompt)
  return swerve.tasks.custom {
    name = "words", alphabet = "abc>\n", prompt = prompt,
    solution = function(text) return text:sub(1, -2):reverse() end,
    critical = function(_, _, solution) return #solution >= 4 and { 4, 5 } or {} end,
    longest_prompt = 5, limit = 7,
  }
end

local words = {}

words.reference = swerve.pretrain {
  name = "reference",
  model = { layers = 2, heads = 2, width = 32, context = 16, positions = "rotary" },
  task = task(function(rng) return word(rng, rng:below(4) == 0 and 4 or rng:within(1, 3)) end),
  steps = 120, batch = 128, lr = 5e-3,
}

---A stage of fine-tuning from the reference, with more options.
---@param name string
---@param options table of swerve.finetune
---@return swerve.Stage
function words.stage(name, options)
  local all = {
    name = name, from = words.reference, task = task(function(rng) return word(rng, 4) end),
    updates = 4, episodes = 16, minibatch = 8, lr = 5e-4, normalize = "mean_std", vf = 0.5,
  }
  for option, value in pairs(options) do all[option] = value end
  return swerve.finetune(all)
end

return words
