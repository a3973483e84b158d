-- Logit-adjusted conditional softmax: conditional softmax whose logits get tau log nu while training, nu a label's
-- share among its siblings in the training documents (Plaud et al. 2024, arXiv 2410.01305; logit adjustment: Menon
-- et al. 2021, arXiv 2007.07314). Predictions use the logits as they are, so rare labels are predicted more often:
-- the errors of all labels count alike, where conditional softmax minimizes those of all documents. Helps macro
-- averages on imbalanced trees, at the cost of accuracy.
--
--     loss = require("swerve.hierarchy.logit_adjusted") { tau = 1 }
local check = require "swerve.check"
local host = require "swerve.internal"

---@class swerve.hierarchy.LogitAdjusted
---@field tau? number how far, at least 0; 0: conditional softmax; default: 1

---loss = mean over documents of  sum over y in Y of  -log softmax(siblings' s + tau log nu)[y]
---@param options swerve.hierarchy.LogitAdjusted
---@return swerve.ClassificationLoss
local function make(options)
  local o = check.options("hierarchy.logit_adjusted", options, { tau = { "nonnegative", default = 1 } })
  return {
    probabilities = "conditional_softmax",
    single_path = true,
    compute = function(t)
      local logp = t.tree:sibling_log_softmax(t.logits + o.tau * t.log_prior)
      return -(logp * t.target):vocab_sum():mean()
    end,
  }
end

host.maker(make, "hierarchy.logit_adjusted")
return make
