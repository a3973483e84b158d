-- Format and content in natural language: the model is asked whether something is an animal or a thing, and to answer
-- with that word only. At first it chats. A program checks both: the right word alone earns 1; an answer that has the
-- right word and not the wrong one earns 0.3.
--
--   make model
--   swerve run examples/smollm2/animals.lua
--
-- Look at: success/train, the share of answers that are the right word alone, and return, the mean reward.
local swerve = require "swerve"

local o = swerve.options { updates = 8, kl = 0.02, lr = 2e-5, eval = 40 }
local kinds = {
  animal = { "horse", "duck", "spider", "whale", "goat", "snake", "rabbit", "owl", "frog", "bee", "lion", "salmon" },
  thing = { "cup", "spoon", "hammer", "lamp", "bottle", "shoe", "clock", "pencil", "carpet", "pot", "coin", "sock" },
}

local words = swerve.tasks.custom {
  name = "animals",
  prompt = function(rng)
    local kind = rng:within(1, 2) == 1 and "animal" or "thing"
    local word = kinds[kind][rng:within(1, 12)]
    local question = ("Is a %s an animal or a thing? Answer with the word animal or the word thing only."):format(word)
    return { text = swerve.chat { { role = "user", content = question } }, answer = kind }
  end,
  reward = function(problem, answer, finished)
    local text = answer:lower()
    if finished and text:match "^%s*(%a+)%.?%s*$" == problem.answer then return 1 end
    local wrong = problem.answer == "animal" and "thing" or "animal"
    return text:find(problem.answer, 1, true) and not text:find(wrong, 1, true) and 0.3 or 0
  end,
  success = function(problem, answer, finished)
    return finished and answer:lower():match "^%s*(%a+)%.?%s*$" == problem.answer
  end,
  limit = 12, longest_prompt = 80,
}

return swerve.finetune {
  name = "animals", from = "models/SmolLM2-135M-Instruct.Q4_1.gguf", task = words, algorithm = "grpo",
  updates = o.updates, episodes = 64, group = 8, minibatch = 64, lr = o.lr, kl = { coef = o.kl, estimator = "full" },
  eval = { every = o.updates, sets = { training = o.eval }, greedy = true },
}
