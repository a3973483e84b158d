-- Low-rank adapters (LoRA): fine-tuning leaves the weights of the model as they are and trains two small matrices
-- beside each linear layer. The reference of the KL penalty is the model itself, without a copy, and checkpoints hold
-- the adapters only.
--
--   swerve run examples/adapters.lua
--   swerve import runs/adapters-.../checkpoints/sums.safetensors           what the checkpoint holds
--   swerve import runs/adapters-.../checkpoints/sums.safetensors -o merged.safetensors
--
-- Look at: the size of both files in checkpoints/.
local swerve = require "swerve"

local o = swerve.options { rank = 4, updates = 4 }

local reference = swerve.pretrain {
  name = "reference",
  model = { layers = 2, heads = 2, width = 32, context = 256 },
  task = swerve.tasks.addition { comfort = 1 },
  steps = 30, batch = 8, lr = 3e-3,
}

return swerve.finetune {
  name = "sums",
  from = reference,
  task = swerve.tasks.addition { comfort = 1, plus = 1 },
  train = "lora", lora = { rank = o.rank, layers = { "attn.c_attn", "mlp.c_fc" } },
  algorithm = "a2c",
  -- Adapters need a larger learning rate than whole models.
  updates = o.updates, episodes = 8, minibatch = 4, lr = 1e-3,
  kl = { coef = 1.0 },
  eval = { every = 2, sets = { comfort = 8, plus1 = 8 } },
}
