-- ZCPO: the distance from the reference counts against an answer only relative to the other answers of its group, so
-- that a reference that is sure and wrong does not hold all of them back. For each answer i of a group
--
--   A_i = (R_i - mean R) / max_j abs(R_j - mean R) - beta (D_i - mean D),   D_i = mean over its tokens of the exact KL
--
-- and A_i = 0 where all answers of the group have the same reward. arXiv 2610.12161, which cites the prioritized
-- penalty; beta about 4 there. We know the formula from summaries: that mean D is over the group is our reading.
--
-- Helps where the policy has to leave the reference as a whole. It needs `advantage = "group"` with `normalize =
-- "none"`, which gives R_i - mean R, and no other penalty (`kl.coef` = 0).
local check = require "swerve.check"
local host = require "swerve.internal"

---@class swerve.rules.ZCPO
---@field beta? number at least 0; default: 4

---Advantages. Logs the share of answers that were `skipped`, as all answers of their group had the same reward.
---@param options? swerve.rules.ZCPO
---@return swerve.Rule
return function(options)
  local o = check.options("rules.zcpo", options or {}, { beta = { "nonnegative", default = 4 } })
  local function zcpo(t)
    local row, problem = t:numbers "row", t:numbers "problem"
    local centred, divergence = t:numbers "advantage", t:numbers "kl_full"
    -- Of each answer: its group, its centred reward, the sum of its tokens' divergences and their number.
    local answers = {}
    for i = 1, t.count do
      local answer = answers[row[i]]
      if not answer then
        answer = { group = problem[i], reward = centred[i], sum = 0, tokens = 0 }
        answers[row[i]] = answer
      end
      answer.sum, answer.tokens = answer.sum + divergence[i], answer.tokens + 1
    end
    -- Of each group: its largest centred reward, the sum of its answers' distances and their number.
    local groups = {}
    for _, answer in ipairs(answers) do
      local group = groups[answer.group] or { largest = 0, sum = 0, answers = 0 }
      groups[answer.group] = group
      answer.distance = answer.sum / answer.tokens
      group.largest = math.max(group.largest, math.abs(answer.reward))
      group.sum, group.answers = group.sum + answer.distance, group.answers + 1
    end
    local skipped = 0
    for _, answer in ipairs(answers) do
      local group = groups[answer.group]
      local relative = answer.distance - group.sum / group.answers
      answer.advantage = group.largest > 0 and answer.reward / group.largest - o.beta * relative or 0
      if group.largest == 0 then skipped = skipped + 1 end
    end
    local advantages = {}
    for i = 1, t.count do advantages[i] = answers[row[i]].advantage end
    return { advantage = t:tensor(advantages) }, { skipped = skipped / #answers }
  end
  return host.rule(zcpo, check.place())
end
