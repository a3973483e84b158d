-- Leaf softmax: one softmax over the leaves; an inner label has the sum of its leaves' probabilities. On documents
-- that end in leaves this is plain cross-entropy, with the tree used for decoding alone (as in Plaud et al. 2024,
-- arXiv 2410.01305).
--
--     loss = require("swerve.hierarchy.leaf_softmax") {}
local check = require "swerve.check"
local host = require "swerve.internal"

---loss = mean over documents of  -log P(e),  e the path's end,  P the sum of the softmax over the leaves below e
---@param options {}
---@return swerve.ClassificationLoss
local function make(options)
  check.options("hierarchy.leaf_softmax", options, {})
  return {
    probabilities = "leaf_softmax",
    single_path = true,
    compute = function(t)
      return -(t.tree:leaf_log_softmax(t.logits) * t.ends):vocab_sum():mean()
    end,
  }
end

host.maker(make, "hierarchy.leaf_softmax")
return make
