-- Natural text: a model reads Shakespeare's Sonnet 18 (1609, in data/sonnet-18.txt) letter by letter until it can go on
-- a few letters of it, and is then rewarded for lines with many letters s. Under a small penalty it soon hisses and
-- forgets the sonnet.
--
--   swerve run examples/words.lua
--
-- Look at: return, the share of s among the letters, and kl/full, the way from the sonnet, over the updates; and
-- samples.jsonl of the run, which has lines from before and after.
local swerve = require "swerve"

-- An input of the run: its digest is recorded, a copy kept.
local sonnet = swerve.text("data/sonnet-18.txt"):lower()
local lines = {}
for line in sonnet:gmatch("[^\n]+") do lines[#lines + 1] = line end

local poetry = swerve.tasks.custom {
  name = "poetry",
  alphabet = "abcdefghijklmnopqrstuvwxyz ',.:;?\n",
  text = function(rng)
    local start = rng:within(1, #sonnet - 31)
    return sonnet:sub(start, start + 31)
  end,
  prompt = function(rng) return lines[rng:within(1, #lines)]:sub(1, 4) end,
  reward = function(_, answer)
    local _, letters = answer:gsub("%a", "")
    local _, found = answer:gsub("s", "")
    return letters < 10 and 0 or found / letters
  end,
  success = function(_, answer) return answer:find("s.*s.*s") ~= nil end,
  longest_prompt = 4, limit = 28,
}

local reader = swerve.pretrain {
  name = "reader", task = poetry,
  model = { layers = 2, heads = 2, width = 48, context = 32, positions = "rotary" },
  steps = 220, batch = 16, random_positions = false,
  lr = swerve.anneal.cosine { peak = 6e-3, warmup = 10, steps = 220 },
}

return swerve.finetune {
  name = "hissing", from = reader, task = poetry,
  updates = 15, episodes = 48, minibatch = 24, normalize = "mean_std", vf = 0.5, critic = { detach = true }, lr = 1e-3,
  kl = { coef = 0.2, estimator = "full", rule = swerve.rules.certainty { alpha = 5 } },
  eval = { every = 15, greedy = false, sets = { training = 100 } },
}
