-- What the experiments of this folder share: the settings of examples/addition.lua, which were chosen on seed 1, and
-- what is logged. An experiment names only what it changes.
local swerve = require "swerve"
local anneal = require "swerve.anneal"
local critical = require "critical"

local addition = {}

-- The shape of models that are pre-trained here: room for two numbers of seven digits.
---@param short boolean a tiny one, for golden files
function addition.model(short)
  if short then return { layers = 1, heads = 2, width = 16, context = 640, positions = "rotary" } end
  return { layers = 4, heads = 4, width = 128, context = 640, positions = "rotary" }
end

-- A model that has seen numbers of up to o.digits digits, o.steps steps long. Its seed is its own, so all seeds of a
-- sweep share it.
---@param seed? integer of pre-training, 1 without it
function addition.base(o, seed)
  return swerve.pretrain {
    name = "base", seed = seed or 1,
    model = addition.model(o.short),
    task = swerve.tasks.addition { comfort = o.digits },
    steps = o.steps, batch = 32, random_positions = false,
    lr = anneal.cosine { peak = 2e-3, warmup = o.steps // 30, floor = 2e-4, steps = o.steps },
  }
end

-- Then some texts with an operand of up to `plus` digits more: without them the model is confidently wrong there, and
-- reinforcement has nothing to find.
---@param plus integer
---@param seed? integer as for addition.base
function addition.taste(base, o, plus, seed)
  return swerve.pretrain {
    name = "taste", seed = seed or 1, from = base,
    task = swerve.tasks.addition { comfort = o.digits, plus = plus, plus_share = o.taste_share },
    steps = o.taste_steps, batch = 32, random_positions = false,
    lr = anneal.cosine { peak = 3e-4, warmup = o.taste_steps // 20, floor = 1e-4, steps = o.taste_steps },
  }
end

-- One fine-tuning stage of 10 updates of 128 episodes.
---@param changes table fields of swerve.finetune; those of `kl` are merged one by one, and false leaves one out
---@param short boolean one update of a few episodes, for golden files
function addition.finetune(changes, short)
  local options = {
    from = "models/addition-3.safetensors",
    task = swerve.tasks.addition { comfort = 3, plus = 1 },
    updates = 10, episodes = 128, minibatch = 32, temperature = 1.0,
    gamma = 1.0, gae_lambda = 1.0, normalize = "mean_std", vf = 0.5, critic = { detach = true, lr = 1e-3 },
    lr = anneal.cosine { peak = 1e-4, warmup = 1, floor = 1e-5, steps = 10 }, beta2 = 0.99,
    entropy = 0.001,
    kl = { coef = 2.5, estimator = "full" },
    eval = { every = 5, greedy = false, sets = { comfort = 200, plus1 = 200 } },
    log = critical.log,
  }
  for name, value in pairs(changes) do
    if name == "kl" then
      for key, entry in pairs(value) do options.kl[key] = entry end
    else
      options[name] = value or nil
    end
  end
  if short then
    options.updates, options.episodes, options.minibatch = 1, 8, 4
    options.eval = { every = 1, greedy = false, sets = { comfort = 4, plus1 = 4 } }
  end
  return swerve.finetune(options)
end

return addition
