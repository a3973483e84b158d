-- What an encoder knows as it is: only a linear head on MiniLM's vectors of texts is fitted, to all documents at once.
-- The problem is convex, so its optimum depends on no seed, order or learning rate. Losses are compared without any
-- setting but the penalty (Plaud et al. 2024, arXiv 2410.01305). `make wordnet trec model` fetches data and encoder.
--
--   swerve run examples/hierarchy/probe.lua                                         TREC's questions, 56 labels
--   swerve run examples/hierarchy/probe.lua --set loss=champ --set data=wordnet-500 --set with_validation=false
--   swerve run examples/hierarchy/probe.lua --set loss=bce --set l2=1.785714e-6     bce is a mean over labels, too
--   swerve run examples/hierarchy/probe.lua --set data=hwv --set length=64          the paper's data (make hwv)
--
-- Look at: the metric `objective`, which other programs must reach, too; docs/hierarchy.md has values.
local swerve = require "swerve"

local o = swerve.options {
  data = "trec", loss = "conditional_softmax", l2 = 1e-4, tolerance = 1e-5, length = 48,
  with_validation = true,                     -- learn from the validation part, too
}
local folder = "data/" .. o.data .. "/"
local train, validation = swerve.data(folder .. "train.jsonl"), swerve.data(folder .. "validation.jsonl")

return swerve.classify {
  from = "models/all-MiniLM-L6-v2", hierarchy = swerve.hierarchy(folder .. "taxonomy.tsv"),
  train = o.with_validation and { train, validation } or train,
  validation = not o.with_validation and validation or nil, test = swerve.data(folder .. "test.jsonl"),
  loss = require("swerve.hierarchy." .. o.loss) {}, length = o.length,
  trained = "head", vector_norm = 4,          -- each text's vector has this length
  fit = { l2 = o.l2, tolerance = o.tolerance },
}
