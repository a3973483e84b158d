-- Focal loss: binary cross-entropy in which a label that is nearly right counts less (Lin et al. 2017, arXiv
-- 1708.02002).
--
--     loss = require("swerve.hierarchy.focal") { gamma = 2 }
local check = require "swerve.check"
local host = require "swerve.internal"

---@class swerve.hierarchy.Focal
---@field gamma? number how fast the weight falls, at least 0; 0: bce; default: 2
---@field alpha? number the weight of labels that are there, in (0, 1), others have 1 - alpha; default: no such weights

---loss = mean over documents and labels of  -a (1 - q)^gamma log q,  q = p_y where y in Y, else 1 - p_y
---@param options swerve.hierarchy.Focal
---@return swerve.ClassificationLoss
local function make(options)
  local o = check.options("hierarchy.focal", options, {
    gamma = { "nonnegative", default = 2 }, alpha = { "fraction", optional = true },
  })
  return {
    probabilities = "sigmoid",
    compute = function(t)
      local sign = 2 * t.target - 1
      local logq = (sign * t.logits):log_sigmoid()
      local missed = (-sign * t.logits):sigmoid()                      -- 1 - q, without its rounding to 0
      local weight = o.alpha and (o.alpha * t.target + (1 - o.alpha) * (1 - t.target)) or 1
      return -(weight * missed ^ o.gamma * logq):mean()
    end,
  }
end

host.maker(make, "hierarchy.focal")
return make
