-- Conditional sigmoid: the sigmoid of a label is its probability given the parent; a document pays for its own
-- labels and for their siblings, which are what a top-down classifier decides about (Plaud et al. 2024, arXiv
-- 2410.01305). For several paths, too.
--
--     loss = require("swerve.hierarchy.conditional_sigmoid") {}
local check = require "swerve.check"
local host = require "swerve.internal"

---loss = mean over documents of  sum over asked y of  -[y in Y] log p_y - [y not in Y] log(1 - p_y),  p = sigmoid(s)
---
---Asked are the children of the root and of the document's labels.
---@param options {}
---@return swerve.ClassificationLoss
local function make(options)
  check.options("hierarchy.conditional_sigmoid", options, {})
  return {
    probabilities = "conditional_sigmoid",
    compute = function(t)
      local yes = t.target * t.logits:log_sigmoid()
      local no = (t.asked - t.target) * (-t.logits):log_sigmoid()
      return -(yes + no):vocab_sum():mean()
    end,
  }
end

host.maker(make, "hierarchy.conditional_sigmoid")
return make
