-- GTPO: unsure tokens of good answers learn more, and sure tokens of bad ones. Of the answers with A > 0 a token's
-- weight is (1 - b) + b H / mean H, of those with A < 0 it is (1 - b) + b (1 / H) / mean (1 / H), with means over the
-- answers of the same sign that have a token at this place. Tan et al., "GTPO and GRPO-S: Token and Sequence-Level
-- Reward Shaping with Policy Entropy", arXiv 2508.04349.
--
-- Sources disagree: summaries have A (1 + b H / mean H) with the mean over the answer's own tokens, which is `over =
-- "answer"` here, for both signs, divided by 1 + b so that an answer keeps its weight. The paper's answers are those of
-- one prompt; with `over = "place"` they are all of the batch, so that no groups are needed.
--
-- Helps credit in long answers, where the reward is the same for every token. H counts as `least` where it is less, as
-- 1 / H would have no bound.
local check = require "swerve.check"
local host = require "swerve.internal"

---@class swerve.rules.GTPO
---@field b? number share of the weight that entropy decides, in (0, 1); default: 0.5
---@field over? "place"|"answer" what the means are over; default: "place"
---@field least? number above 0, in nats; default: 0.001

-- H / mean H, or (1 / H) / mean (1 / H), with means over answers of the same sign at the same place.
local function by_place(t, least)
  local entropy, advantage, position = t:numbers "entropy", t:numbers "advantage", t:numbers "position"
  local value, sums = {}, { [true] = {}, [false] = {} }
  for i = 1, t.count do
    local h = math.max(entropy[i], least)
    value[i] = advantage[i] < 0 and 1 / h or h
    local places = sums[advantage[i] < 0]
    local place = places[position[i]] or { sum = 0, count = 0 }
    places[position[i]] = place
    place.sum, place.count = place.sum + value[i], place.count + 1
  end
  for i = 1, t.count do
    local place = sums[advantage[i] < 0][position[i]]
    value[i] = value[i] * place.count / place.sum
  end
  return t:tensor(value)
end

---Weights of the policy term.
---@param options? swerve.rules.GTPO
---@return swerve.Rule
return function(options)
  local o = check.options("rules.gtpo", options or {}, {
    b = { "fraction", default = 0.5 }, over = { "string", default = "place" }, least = { "positive", default = 0.001 },
  })
  check.choice("over", o.over, { "place", "answer" })
  local function gtpo(t)
    if o.over == "place" then return { policy = (1 - o.b) + o.b * by_place(t, o.least) } end
    local entropy = t.entropy:max(o.least)
    return { policy = (1 + o.b * entropy / entropy:row_mean()) / (1 + o.b) }
  end
  return host.rule(gtpo, check.place())
end
