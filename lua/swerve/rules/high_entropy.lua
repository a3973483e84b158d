-- Learning from forking tokens alone: policy weight = 1 where H >= Q_{1 - share}(H) over all tokens of the batch, else
-- `low`. Wang et al., "Beyond the 80/20 Rule", arXiv 2506.01939; share 0.2 and low 0 as published.
--
-- Helps long reasoning, where most tokens follow from those before them and only say how to go on at a few: the
-- gradient of the others is mostly noise. Needs texts with many tokens.
local check = require "swerve.check"
local host = require "swerve.internal"

---@class swerve.rules.HighEntropy
---@field share? number of the tokens that learn, in (0, 1); default: 0.2
---@field low? number policy weight of the others, at least 0; default: 0

---Weights of the policy term. Logs the `threshold`, in nats.
---@param options? swerve.rules.HighEntropy
---@return swerve.Rule
return function(options)
  local o = check.options("rules.high_entropy", options or {}, {
    share = { "fraction", default = 0.2 }, low = { "nonnegative", default = 0 },
  })
  local function high_entropy(t)
    local threshold = t.entropy:quantile(1 - o.share)
    return { policy = t.entropy:ge(threshold):where(1, o.low) }, { threshold = threshold:item() }
  end
  return host.rule(high_entropy, check.place())
end
