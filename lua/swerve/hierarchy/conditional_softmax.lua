-- Conditional softmax: the softmax among siblings is the probability given the parent, and a document pays for each
-- label on its path (Plaud et al. 2024, arXiv 2410.01305; Valmadre 2022, arXiv 2210.10929). Siblings compete with
-- each other only, so a deep tree costs no more than a flat one.
--
--     loss = require("swerve.hierarchy.conditional_softmax") {}
local check = require "swerve.check"
local host = require "swerve.internal"

---loss = mean over documents of  sum over y in Y of  -log P(y | parent of y),  P = softmax of the siblings' logits
---@param options {}
---@return swerve.ClassificationLoss
local function make(options)
  check.options("hierarchy.conditional_softmax", options, {})
  return {
    probabilities = "conditional_softmax",
    single_path = true,
    compute = function(t)
      local logp = t.tree:sibling_log_softmax(t.logits)
      return -(logp * t.target):vocab_sum():mean()
    end,
  }
end

host.maker(make, "hierarchy.conditional_softmax")
return make
