-- What the experiments from scratch share (bases.lua, exponents.lua, levels_from_scratch.lua, sizes.lua): models that
-- are pre-trained as the paper's were, on windows of one stream of texts with balanced lengths and no text of more than
-- N digits, and fine-tuning from them. An experiment names only what it changes. With o.singles, as many steps of one
-- text a row come before the windows: a small model learns to copy and to add from these much sooner.
--
-- A base model has a seed of its own, `base`: runs of other seeds and other settings share it, and swerve trains it
-- once for all runs in a folder (and, with one .stages folder for several sweeps, once for all of them).
local swerve = require "swerve"
local anneal = require "swerve.anneal"
local critical = require "critical"

local study = {}

-- GPT-2's architecture; 0.8, 3 and 11 million weights. The paper's has 85 million.
study.sizes = {
  nano = { layers = 4, heads = 4, width = 128, lr = 2e-3 },
  middle = { layers = 5, heads = 4, width = 224, lr = 1.5e-3 },
  small = { layers = 6, heads = 6, width = 384, lr = 1e-3 },
}

-- The options of every script of the study, with those that it adds.
function study.options(more)
  local all = {
    digits = 5,               -- N
    plus = 1,                 -- fine-tuning is for N + plus digits
    base = 1,                 -- the seed of pre-training
    size = "nano",
    positions = "learned",    -- as in GPT-2; or "rotary"
    singles = 0,              -- steps of pre-training on batches of 32 single texts, before the windows
    steps = 4000,             -- of pre-training on windows, each of about 8192 tokens
    updates = 40,             -- of fine-tuning, each of 128 episodes
    kl = 2.5,
    estimator = "k2",
    short = false,            -- a tiny one, for golden files
  }
  for name, value in pairs(more or {}) do all[name] = value end
  return swerve.options(all)
end

-- Characters of the longest problem of two numbers of n digits with its solution.
local function longest(n) return 118 + 53 * (n - 1) + 3 * n * (n - 1) end

-- Room for N + 3 digits. Windows are as long, so that every position is trained.
function study.context(o) return (longest(o.digits + 3) + 31 + 63) // 64 * 64 end

function study.base(o)
  local size = study.sizes[o.size] or error("option 'size' must be nano, middle or small, got " .. o.size, 0)
  local context = study.context(o)
  local model = { layers = size.layers, heads = size.heads, width = size.width }
  if o.short then model = { layers = 1, heads = 2, width = 16 } end
  model.context, model.positions = context, o.positions
  local task = swerve.tasks.addition { comfort = o.digits, lengths = "balanced" }
  local function pretrain(changes)
    changes.seed, changes.task = o.base, task
    if o.short then changes.steps, changes.batch = 2, 1 end
    local steps, peak = changes.steps, size.lr
    changes.lr = anneal.cosine { peak = peak, warmup = math.max(1, steps // 30), floor = peak / 10, steps = steps }
    return swerve.pretrain(changes)
  end
  local from
  if o.singles > 0 then
    from = pretrain { name = "singles", model = model, batch = 32, steps = o.singles, random_positions = false }
    model = nil
  end
  return pretrain {
    name = "base", from = from, model = model, windows = context, batch = 8192 // context, steps = o.steps,
  }
end

-- The sets of the paper's accuracy after pre-training: numbers of N to N + 3 digits, both or the first alone.
function study.sets(o, problems)
  local sets = {}
  for digits = o.digits, o.digits + 3 do
    sets["both" .. digits], sets["first" .. digits] = problems, problems
  end
  return sets
end

-- One fine-tuning stage to N + o.plus digits.
---@param o table the options of the script
---@param changes table fields of swerve.finetune; those of `kl` are merged one by one
function study.finetune(o, changes)
  local plus = o.plus
  local options = {
    task = swerve.tasks.addition { comfort = o.digits, plus = plus, lengths = "balanced" },
    updates = o.updates, episodes = 128, minibatch = 32, temperature = 1.0,
    gamma = 1.0, gae_lambda = 1.0, normalize = "mean_std", vf = 0.5, critic = { detach = true, lr = 1e-3 },
    lr = anneal.cosine { peak = 1e-4, warmup = 1, floor = 1e-5, steps = math.max(2, o.updates) }, beta2 = 0.99,
    entropy = 0.0005,
    kl = { coef = o.kl, estimator = o.estimator, certainty = "negentropy" },
    eval = { every = 5, greedy = false, sets = { comfort = 200, ["plus" .. plus] = 400 } },
    log = critical.log,
  }
  for name, value in pairs(changes) do
    if name == "kl" then
      for key, entry in pairs(value) do options.kl[key] = entry end
    else
      options[name] = value
    end
  end
  if o.short then
    options.updates, options.episodes, options.minibatch = 1, 4, 4
    options.eval = { every = 1, greedy = false, sets = { comfort = 2, ["plus" .. plus] = 2 } }
  end
  return swerve.finetune(options)
end

return study
