-- The shortest experiment: a tiny model reads sums of one digit and learns how such texts go.
--
--   swerve run examples/five_lines.lua
--
-- Look at: loss in runs/.../metrics.jsonl, from 3.7 (any of 41 characters) to 1.6.
local swerve = require "swerve"
return swerve.pretrain {
  model = { layers = 1, heads = 2, width = 32, context = 256 },
  task = swerve.tasks.addition { comfort = 1 }, steps = 40, lr = 3e-3,
}
