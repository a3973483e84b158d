-- Binary cross-entropy of every label by itself, which knows nothing of the tree: the usual baseline for several
-- labels (as in Plaud et al. 2024, arXiv 2410.01305). A small learning rate of the head costs it most, because most
-- labels are absent from most documents: 11 points of leaf accuracy for 1e-3 in place of 5e-3 on WordNet's glosses,
-- and one to three with the other losses. Probabilities of children may be above their parents'.
--
--     loss = require("swerve.hierarchy.bce") {}
local check = require "swerve.check"
local host = require "swerve.internal"

---loss = mean over documents and labels of  -[y in Y] log p_y - [y not in Y] log(1 - p_y),  p = sigmoid(s)
---@param options {}
---@return swerve.ClassificationLoss
local function make(options)
  check.options("hierarchy.bce", options, {})
  return {
    probabilities = "sigmoid",
    compute = function(t)
      local yes = t.target * t.logits:log_sigmoid()
      local no = (1 - t.target) * (-t.logits):log_sigmoid()
      return -(yes + no):mean()
    end,
  }
end

host.maker(make, "hierarchy.bce")
return make
