-- A task with steps: sort letters by taking the smallest again and again, "cab>a cb,b c,c". The model has seen words of
-- up to 3 letters, and a few of 4; it is fine-tuned on 4, from success and failure alone.
--
--   swerve run examples/sorting.lua
--
-- Look at: success/four and critical/four/tokens, the probability of the right character where a step begins.
local swerve = require "swerve"
local rules = require "swerve.rules"

local function word(rng, letters)
  local text = ""
  for _ = 1, letters do text = text .. string.char(rng:within(97, 100)) end
  return text .. ">"
end

local function steps(prompt)
  local rest, parts = prompt:sub(1, -2), {}
  while rest ~= "" do
    local smallest = rest:byte(1)
    for i = 2, #rest do smallest = math.min(smallest, rest:byte(i)) end
    local letter = string.char(smallest)
    rest = rest:gsub(letter, "", 1)
    parts[#parts + 1] = rest == "" and letter or letter .. " " .. rest
  end
  return table.concat(parts, ",")
end

local function task(training)
  return swerve.tasks.custom {
    name = "sorting", alphabet = "abcd >,\n", prompt = training, solution = steps,
    sets = { three = function(rng) return word(rng, 3) end, four = function(rng) return word(rng, 4) end },
    -- Where the next step starts, or the answer ends: behind each comma and at the end.
    critical = function(_, answer, solution)
      local places = {}
      for i = 1, #solution do
        if answer:sub(1, i) ~= solution:sub(1, i) then break end
        if solution:sub(i, i) == "," then places[#places + 1] = i + 1 end
      end
      return places
    end,
    longest_prompt = 5, limit = 18,
  }
end

local reference = swerve.pretrain {
  model = { layers = 2, heads = 4, width = 48, context = 24, positions = "rotary" },
  task = task(function(rng) return word(rng, rng:below(30) == 0 and 4 or rng:within(1, 3)) end),
  steps = 250, batch = 32, lr = 4e-3,
  eval = { every = 250, greedy = false, sets = { three = 100, four = 100 } },
}

return swerve.finetune {
  from = reference, task = task(function(rng) return word(rng, 4) end),
  updates = 40, episodes = 64, minibatch = 32, gae_lambda = 1.0, normalize = "mean_std",
  vf = 0.5, critic = { detach = true }, lr = 5e-4, beta2 = 0.99,
  kl = { coef = 0.5, estimator = "full", rule = rules.certainty { alpha = 10 } },
  eval = { every = 40, greedy = false, sets = { three = 100, four = 100 } },
}
