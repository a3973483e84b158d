-- A task of your own in Lua: write a word backwards. The model is pre-trained on words of up to 4 letters and fine-
-- tuned on 5 letters from success and failure alone.
--
--   swerve run examples/reversing.lua
--
-- Look at: success/four and success/five before and after both stages, with the uniform and the prioritized KL penalty.
local swerve = require "swerve"
local anneal = require "swerve.anneal"
local rules = require "swerve.rules"

local o = swerve.options { alpha = 10 }

local function word(rng, letters)
  local text = ""
  for _ = 1, letters do text = text .. string.char(rng:within(97, 101)) end
  return text .. ">"
end

local function task(training)
  return swerve.tasks.custom {
    name = "reversing",
    alphabet = "abcde>\n",
    prompt = training,
    sets = {
      four = function(rng) return word(rng, 4) end,
      five = function(rng) return word(rng, 5) end,
    },
    solution = function(prompt) return prompt:sub(1, -2):reverse() end,
    -- The fifth letter is where a model that is used to four would stop.
    critical = function(_, _, solution) return #solution >= 5 and { 5, 6 } or {} end,
    longest_prompt = 6, limit = 8,
  }
end

local reference = swerve.pretrain {
  model = { layers = 2, heads = 4, width = 64, context = 16, positions = "rotary" },
  task = task(function(rng) return word(rng, rng:below(40) == 0 and 5 or rng:within(1, 4)) end),
  steps = 500, batch = 48,
  lr = anneal.cosine { peak = 3e-3, warmup = 20, floor = 3e-4, steps = 500 },
  eval = { every = 500, sets = { four = 100, five = 100 } },
}

local function finetune(name, rule)
  return swerve.finetune {
    name = name, from = reference,
    task = task(function(rng) return word(rng, 5) end),
    updates = 40, episodes = 96, minibatch = 32, gae_lambda = 1.0, normalize = "mean_std",
    vf = 0.5, critic = { detach = true, lr = 1e-3 },
    lr = 3e-4, beta2 = 0.99, entropy = 0.001,
    kl = { coef = 5, estimator = "full", rule = rule },
    eval = { every = 40, greedy = false, sets = { four = 200, five = 200 } },
  }
end

return { finetune("uniform", rules.uniform()), finetune("prioritized", rules.certainty { alpha = o.alpha }) }
