-- Schedules that answer to what training does: each looks at a metric of the step before and moves its value. What they
-- remember is in `state`, which the host keeps and saves.
local check = require "swerve.check"

local control = {}

---@class swerve.control.AdaptiveKL
---@field start number the coefficient at step 1, above 0
---@field target number of the divergence, in nats for each token, above 0
---@field horizon integer episodes over which the coefficient may change by the factor e^0.2, or so; above episodes / 5
---@field episodes integer of an update
---@field metric? string the divergence; default: "kl/k1"

---The KL coefficient that keeps the divergence near a target: beta *= 1 + clip(KL / target - 1, -0.2, 0.2) * episodes /
---horizon. Ziegler et al., "Fine-Tuning Language Models from Human Preferences", arXiv 1909.08593, section 2.2.
---
---    kl = { coef = control.adaptive_kl { start = 0.2, target = 0.05, horizon = 10000, episodes = 50 } }
---
---Helps where no one coefficient is right: too small at first, too large later. The metric is the mean over tokens; the
---paper's is the sum over an answer.
---@param options swerve.control.AdaptiveKL
---@return swerve.Schedule
function control.adaptive_kl(options)
  local o = check.options("control.adaptive_kl", options, {
    start = { "positive" }, target = { "positive" }, horizon = { "count" }, episodes = { "count" },
    metric = { "string", default = "kl/k1" },
  })
  -- The smallest factor is 1 - 0.2 * episodes / horizon; below 0 it would turn the penalty into a reward.
  if 5 * o.horizon <= o.episodes then
    check.fail("option 'horizon' must be above 0.2 * 'episodes' (" .. 0.2 * o.episodes .. "), got "
      .. check.shown(o.horizon) .. ": the coefficient could fall to 0 or below in one step")
  end
  return function(_, metrics, state)
    local value = state.value or o.start
    local seen = metrics[o.metric]
    if seen then
      local excess = math.max(-0.2, math.min(0.2, seen / o.target - 1))
      value = value * (1 + excess * o.episodes / o.horizon)
    end
    state.value = value
    return value
  end
end

---@class swerve.control.AdaptiveEntropy
---@field target number entropy in nats, at least 0
---@field delta? number how much the coefficient moves in a step, above 0; default: 0.005
---@field start? number the coefficient before the first entropy is known, at least 0; default: 0
---@field metric? string the entropy; default: "entropy"

---The entropy coefficient that keeps the entropy from falling below a target: it grows by `delta` after a step whose
---entropy was below, shrinks by `delta`, not below 0, after one above, and counts as 0 while the entropy is above.
---He et al., "Skywork Open Reasoner 1 Technical Report", arXiv 2505.22312: target 0.2, and in its scripts a delta of
---0.001. TRL's delta is 0.005, the default here.
---
---    entropy = control.adaptive_entropy { target = 0.2 }
---
---Helps where a constant bonus is too weak to stop a collapse or so strong that texts become noise.
---@param options swerve.control.AdaptiveEntropy
---@return swerve.Schedule
function control.adaptive_entropy(options)
  local o = check.options("control.adaptive_entropy", options, {
    target = { "nonnegative" }, delta = { "positive", default = 0.005 }, start = { "nonnegative", default = 0 },
    metric = { "string", default = "entropy" },
  })
  return function(_, metrics, state)
    local value = state.value or o.start
    local seen = metrics[o.metric]
    if seen and seen < o.target then value = value + o.delta end
    if seen and seen > o.target then value = math.max(0, value - o.delta) end
    state.value = value
    return seen and seen > o.target and 0 or value
  end
end

check.makers(control, "control")

return check.sealed(control, "swerve.control")
