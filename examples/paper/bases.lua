-- Experiment 1: pre-training as in the paper, its table of accuracy beyond N digits, and its table 1, the certainty at
-- critical tokens against all others.
--
--   swerve sweep examples/paper/bases.lua --grid digits=3,5,7 --grid base=1,2,3,4,5 --seeds 1
--   swerve run examples/paper/bases.lua --set digits=7 --set positions=rotary --set singles=2000 --set steps=500
--   swerve report runs/sweep-bases-... -o bases.html
--
-- Look at: success/bothD and success/firstD of `greedy` and `sampled`, numbers of D digits, 1000 problems each;
-- log/certainty/critical and log/certainty/rest of `sampled`. Both stages train nothing, their learning rate is 0: the
-- two evaluations of `sampled` draw other tokens, and their difference is chance.
local swerve = require "swerve"
local critical = require "critical"
local study = require "study"

local o = study.options { problems = 1000 }
local problems = o.short and 2 or o.problems

local base = study.base(o)

local function look(name, greedy)
  return swerve.finetune {
    name = name, from = base, task = swerve.tasks.addition { comfort = o.digits, plus = 1, lengths = "balanced" },
    updates = 1, episodes = o.short and 4 or 400, minibatch = o.short and 4 or 20, lr = 0,
    kl = { coef = 0, estimator = "full", certainty = "negentropy" }, log = critical.places,
    eval = { every = 1, greedy = greedy, sets = study.sets(o, problems) },
  }
end

return { base, look("greedy", true), look("sampled", false) }
