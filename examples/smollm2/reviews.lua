-- A real language model learns to judge: SmolLM2-135M-Instruct is asked in its own chat format whether a review is
-- positive or negative. It has to answer with one sentence of a given form (format), and to be right (content). Before,
-- its most probable answer repeats the example's judgement. Compares the uniform with the prioritized penalty.
--
--   make model                                      fetch the model, 98 MB, once
--   swerve run examples/smollm2/reviews.lua
--   swerve report runs/reviews-* -o reviews.html
--
-- Look at: log/form and log/content over the updates; success/unseen, of reviews in words that training never draws.
local swerve = require "swerve"
local rules = require "swerve.rules"

local o = swerve.options { updates = 4, kl = 0.05, alpha = 10, problems = 16, answers = 4, eval = 40 }
local base = "models/SmolLM2-135M-Instruct.Q4_1.gguf"

local function words(text)
  local list = {}
  for word in text:gmatch "%a+" do list[#list + 1] = word end
  return list
end

local known = {
  things = words "room food film hotel staff soup music book garden bed",
  positive = words "wonderful excellent great lovely perfect beautiful fantastic amazing",
  negative = words "terrible awful horrible dirty bad boring poor disgusting",
}
local unseen = {
  things = words "show bread song city play coffee story museum",
  positive = words "superb brilliant delightful marvelous pleasant",
  negative = words "dreadful miserable nasty ugly disappointing",
}

local function question(thing, word)
  return { role = "user", content = ("The %s was %s. Is this review positive or negative?"):format(thing, word) }
end

-- One solved question shows the form. Half of the reviews are negative, so the example's judgement is right for half.
local function reviews(lists)
  return function(rng)
    local judgement = rng:below(2) == 0 and "positive" or "negative"
    local function pick(list) return list[rng:within(1, #list)] end
    local thing, word = pick(lists.things), pick(lists[judgement])
    local text = swerve.chat {
      { role = "system", content = "You judge reviews." },
      question("park", "nice"), { role = "assistant", content = "The review of the park is positive." },
      question(thing, word),
    }
    return { text = text, thing = thing, judgement = judgement }
  end
end

-- The form is the whole sentence, with either judgement. Content counts without the form, so that there is something to
-- learn from at the start; an answer that says both judgements says none.
local function reward(problem, answer, finished)
  local thing, word = answer:match "^The review of the (%a+) is (%a+)%.$"
  local form = finished and thing == problem.thing and (word == "positive" or word == "negative")
  local other = problem.judgement == "positive" and "negative" or "positive"
  local content = answer:find(problem.judgement, 1, true) and not answer:find(other, 1, true)
  return (form and 0.4 or 0) + (content and 0.6 or 0)
end

local task = swerve.tasks.custom {
  name = "reviews", prompt = reviews(known), sets = { unseen = reviews(unseen) }, reward = reward,
  success = function(problem, answer, finished) return reward(problem, answer, finished) == 1 end,
  stop = {}, limit = 12, longest_prompt = 80,          -- an answer ends where the model ends its turn
}

-- What the reward is made of, as metrics: shares of the answers that have the form, and that are right.
local function shares(t)
  local function above(bound) return t.reward:gt(bound):sum() end
  return { content = above(0.5) / t.rows, form = (above(0) - above(0.5) + above(0.9)) / t.rows }
end

-- At temperature 1 about one in five of the first answers has the form. At 0.7 it is twice as many, and answers to one
-- question still differ.
local function stage(name, rule)
  return swerve.finetune {
    name = name, from = base, task = task, algorithm = "grpo", temperature = 0.7,
    updates = o.updates, episodes = o.problems * o.answers, group = o.answers, minibatch = o.problems * o.answers,
    lr = 2e-5, kl = { coef = o.kl, estimator = "full", rule = rule }, log = shares,
    eval = { every = o.updates, sets = { training = o.eval // 2, unseen = o.eval }, greedy = true },
  }
end

return { stage("uniform"), stage("prioritized", rules.certainty { alpha = o.alpha }) }
