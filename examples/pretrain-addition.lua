-- Pre-trains the model that examples/addition.lua starts from; it ships as examples/models/addition-3.safetensors.
--
--   swerve run examples/pretrain-addition.lua
--
-- Two stages. `base` learns to add numbers of 1 to 3 digits with a scratchpad until it is right nearly always; it never
-- succeeds at 4 digits, because it is confidently wrong there, and then reinforcement has nothing to find. `taste` is
-- the dial "level of pre-training": some more steps in which a few texts have an operand of 4 digits.
--
-- Look at: success/comfort (greedy) at the end of `base`, 1; success/comfort and success/plus1 (sampled) at the end of
-- `taste`, more than 0.9 and about 0.1; and weights_sha256 in result.json, which is that of the file that ships:
-- `make shipped-model` compares them. It takes about seven minutes on two cores.
local swerve = require "swerve"
local anneal = require "swerve.anneal"

local o = swerve.options { digits = 3, steps = 1500, taste_steps = 200, taste_share = 0.05 }

local base = swerve.pretrain {
  name = "base",
  model = { layers = 4, heads = 4, width = 128, context = 416, positions = "rotary" },
  task = swerve.tasks.addition { comfort = o.digits },
  steps = o.steps, batch = 32, random_positions = false,
  lr = anneal.cosine { peak = 2e-3, warmup = 50, floor = 2e-4, steps = o.steps },
  eval = { every = 500, greedy = true, sets = { comfort = 100, plus1 = 100 } },
}

return swerve.pretrain {
  name = "taste",
  from = base,
  task = swerve.tasks.addition { comfort = o.digits, plus = 1, plus_share = o.taste_share },
  steps = o.taste_steps, batch = 32, random_positions = false,
  lr = anneal.cosine { peak = 3e-4, warmup = 10, floor = 1e-4, steps = o.taste_steps },
  eval = { every = 100, greedy = false, sets = { comfort = 200, plus1 = 400 } },
}
