-- Glosses of WordNet's nouns, or TREC's questions, into their trees of labels: MiniLM with a linear head (Plaud et
-- al. 2024, arXiv 2410.01305, on data that everybody can have). `make wordnet trec model` fetches data and encoder;
-- `make hwv HWV_FROM=FOLDER` makes data/hwv from the paper's own data, for whoever has them.
--
--   swerve run examples/hierarchy/wordnet.lua                                     31,558 glosses, 76 labels
--   swerve run examples/hierarchy/wordnet.lua --set loss=bce --set head_lr=5e-3   bce's head needs the larger rate
--   swerve run examples/hierarchy/wordnet.lua --set data=trec --set epochs=3 --set lr=1.5e-4 --set with_validation=true
--   swerve run examples/hierarchy/wordnet.lua --set data=hwv --set epochs=10 --set length=128 --set head_lr=5e-3
--
-- Look at: docs/hierarchy.md, which compares losses and inference rules.
local swerve = require "swerve"
local anneal = require "swerve.anneal"

local o = swerve.options {
  data = "wordnet-500", loss = "conditional_softmax", epochs = 1, lr = 1e-4, head_lr = 1e-3, batch = 32,
  length = 48,                                -- tokens of a text, the rest is cut
  with_validation = false,                    -- learn from the validation part, too
}
local folder = "data/" .. o.data .. "/"
local train, validation = swerve.data(folder .. "train.jsonl"), swerve.data(folder .. "validation.jsonl")

local steps = math.ceil((#train + (o.with_validation and #validation or 0)) / o.batch) * o.epochs
local warm = math.max(1, steps // 10)
local function line(peak)
  return anneal.warmup { steps = warm, into = anneal.linear { from = peak, to = 0, steps = math.max(1, steps - warm) } }
end

return swerve.classify {
  from = "models/all-MiniLM-L6-v2", hierarchy = swerve.hierarchy(folder .. "taxonomy.tsv"),
  train = o.with_validation and { train, validation } or train,
  validation = not o.with_validation and validation or nil, test = swerve.data(folder .. "test.jsonl"),
  loss = require("swerve.hierarchy." .. o.loss) {},
  trained = "layers", epochs = o.epochs, batch = o.batch, length = o.length,
  lr = line(o.lr), head = { lr = line(o.head_lr) },
}
