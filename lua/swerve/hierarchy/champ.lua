-- CHAMP: binary cross-entropy in which a wrong label costs more the farther it is from the document's labels in the
-- tree (Vaswani et al. 2022, arXiv 2206.08653, as in Plaud et al. 2024, arXiv 2410.01305).
--
--     loss = require("swerve.hierarchy.champ") { beta = 0.2 }
local check = require "swerve.check"
local host = require "swerve.internal"

---@class swerve.hierarchy.CHAMP
---@field beta? number how much distance costs, at least 0; 0: the sum of bce; default: 0.2

---loss = mean over documents of  sum over y in Y of -log p_y  +  sum over y not in Y of -w_y log(1 - p_y),
---w_y = 1 + beta ((d_y + 1)^2 - 1), d_y the distance to the nearest label of Y as a share of the largest distance
---@param options swerve.hierarchy.CHAMP
---@return swerve.ClassificationLoss
local function make(options)
  local o = check.options("hierarchy.champ", options, { beta = { "nonnegative", default = 0.2 } })
  return {
    probabilities = "sigmoid",
    compute = function(t)
      local weight = 1 + o.beta * ((t.distance + 1):square() - 1)
      local yes = t.target * t.logits:log_sigmoid()
      local no = (1 - t.target) * weight * (-t.logits):log_sigmoid()
      return -(yes + no):vocab_sum():mean()
    end,
  }
end

host.maker(make, "hierarchy.champ")
return make
