-- A classifier into a small tree of things, from characters: a model of its own, in seconds.
--
--   swerve run examples/hierarchy/things.lua
--   swerve run examples/hierarchy/things.lua --set loss=leaf_softmax
--   swerve classify runs/things-... --text barks
--
-- Look at: what each inference rule is best at, as in leaf_accuracy/test/leaf and hf1_per_document/test/hf_beta.
local swerve = require "swerve"
local anneal = require "swerve.anneal"

local o = swerve.options { loss = "conditional_softmax", epochs = 20 }
local train = swerve.data "things/train.jsonl"

local base = swerve.pretrain {
  model = { layers = 2, heads = 2, width = 32, context = 96 },
  task = swerve.tasks.custom {
    alphabet = "abcdefghijklmnopqrstuvwxyz, \n",
    prompt = function(rng) return train:draw(rng).text end,
    text = function(rng) return train:draw(rng).text .. "\n" end,
    reward = function() return 0 end,
    longest_prompt = 95, limit = 1,
  },
  steps = 60, batch = 16, lr = 5e-3,
}

return swerve.classify {
  from = base, pooling = "mean", length = 96,
  hierarchy = swerve.hierarchy "things/taxonomy.tsv",
  train = train, test = swerve.data "things/test.jsonl",
  loss = require("swerve.hierarchy." .. o.loss) {},
  decode = { "threshold", "top_down", "leaf", "hf_beta" },
  every = 150, epochs = o.epochs, batch = 32,
  lr = anneal.cosine { peak = 5e-3, warmup = 10, floor = 5e-4, steps = 15 * o.epochs },
}
