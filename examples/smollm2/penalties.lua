-- Experiment 5: the KL penalties of examples/paper on a real language model, SmolLM2-135M-Instruct, with two tasks:
-- sums of numbers of two digits, and opposites of words.
--
--   make model                                   fetch the model, 98 MB, once
--   swerve sweep examples/smollm2/penalties.lua --grid task=sums --grid penalty=uniform,certainty --seeds 21..30
--   swerve sweep examples/smollm2/penalties.lua --grid task=sums --grid penalty=entropy,weak,oracle --seeds 21..30
--   swerve sweep examples/smollm2/penalties.lua --grid task=opposites --grid penalty=uniform,certainty --seeds 21..30
--   swerve sweep examples/smollm2/penalties.lua --grid train=lora --grid penalty=uniform,certainty --seeds 21..30
--   swerve report runs/sweep-penalties-... -o penalties.html
--
-- Look at: success/training and success/unseen over the updates, and kl/full: `weak` is the uniform penalty with a
-- smaller coefficient, to be compared at the same distance from the model.
local swerve = require "swerve"
local rules = require "swerve.rules"

local o = swerve.options {
  task = "sums", penalty = "certainty", train = "all", updates = 20, kl = 0.05, alpha = 10, weak = 0.2,
  problems = 16, answers = 4, eval = 100,
}
local base = "models/SmolLM2-135M-Instruct.Q4_1.gguf"

local tasks = {}

-- Two solved sums show the model what to do; the third is the problem. The digits of the answer are critical.
function tasks.sums()
  local function sum(low, high)
    return function(rng)
      local a, b = rng:within(low, high), rng:within(low, high)
      return { text = ("12 + 5 = 17\n8 + 31 = 39\n%d + %d ="):format(a, b), answer = tostring(a + b) }
    end
  end
  return swerve.tasks.custom {
    name = "sums", prompt = sum(10, 99), sets = { unseen = sum(100, 199) },
    solution = function(problem) return " " .. problem.answer end,
    critical = function(_, _, solution)
      local places = {}
      for i = 2, #solution do places[#places + 1] = i end
      return places
    end,
    reward = function(problem, answer, finished)
      return finished and answer:match "^ *(%d+)$" == problem.answer and 1 or 0
    end,
    stop = "\n", limit = 6, longest_prompt = 40,
  }
end

-- No word of `unseen` is asked for in `known`.
local known = [[hot cold, big small, old young, fast slow, up down, left right, happy sad, rich poor, bright dark,
  hard soft, long short, high low, open closed, early late, full empty, strong weak, wet dry, good bad, near far,
  day night, first last, loud quiet, clean dirty, true false]]
local unseen = [[thick thin, heavy light, wide narrow, sweet bitter, deep shallow, love hate, win lose, begin end,
  inside outside, push pull]]

local function opposites(text)
  local pairs_of = {}
  for one, other in text:gmatch "(%a+) (%a+)" do
    pairs_of[#pairs_of + 1] = { one, other }
    pairs_of[#pairs_of + 1] = { other, one }
  end
  return function(rng)
    local pair = pairs_of[rng:within(1, #pairs_of)]
    return {
      text = ("The opposite of black is white.\nThe opposite of tall is short.\nThe opposite of %s is"):format(pair[1]),
      answer = pair[2],
    }
  end
end

function tasks.opposites()
  return swerve.tasks.custom {
    name = "opposites", prompt = opposites(known), sets = { unseen = opposites(unseen) },
    reward = function(problem, answer, finished)
      return finished and answer:match "^ (%a+)%.$" == problem.answer and 1 or 0
    end,
    stop = "\n", limit = 8, longest_prompt = 48,
  }
end

local penalties = {
  uniform = { rule = rules.uniform() },
  certainty = { rule = rules.certainty { alpha = o.alpha } },
  entropy = { rule = rules.certainty { alpha = o.alpha, measure = "negentropy" } },
  weak = { coef = o.kl * o.weak, rule = rules.uniform() },
  oracle = { rule = rules.oracle {} },
}

local function choose(option, list)
  return list[o[option]] or error(("option '%s' has no '%s' in this script"):format(option, o[option]), 0)
end

local penalty = choose("penalty", penalties)
return swerve.finetune {
  name = "tuned", from = base, task = choose("task", tasks)(), algorithm = "grpo", train = o.train,
  updates = o.updates, episodes = o.problems * o.answers, group = o.answers, minibatch = o.problems * o.answers,
  lr = o.train == "lora" and 1e-4 or 1e-5,
  kl = { coef = penalty.coef or o.kl, estimator = "full", rule = penalty.rule },
  eval = { every = math.max(1, o.updates // 4), sets = { training = o.eval, unseen = o.eval }, greedy = true },
}
