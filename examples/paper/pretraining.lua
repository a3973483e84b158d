-- The paper's section 5.1 at the scale of two cores: models that learned to add numbers of up to N digits, for several
-- levels N, asked for more digits. Where do their texts go wrong, and is the model unsure there?
--
--   swerve sweep examples/paper/pretraining.lua --grid digits=2,3,4 --seeds 1
--
-- Look at: success of *_greedy and *_sampled on comfort (N digits) and N+1, N+2, N+3; in *_sampled, log/mistakes/* (at
-- which characters and lines the texts on N+1 leave the solution) and log/certainty/*, log/ref_entropy/*.
-- These stages train nothing: their learning rate is 0.
local swerve = require "swerve"
local addition = require "addition"
local critical = require "critical"

local o = swerve.options { digits = 3, steps = 1500, taste_steps = 200, taste_share = 0.05, short = false }
local episodes = o.short and 4 or 400

local sets = { comfort = episodes, plus1 = episodes, plus2 = episodes, plus3 = episodes }

local base = addition.base(o)
local taste = addition.taste(base, o, 1)

local function look(name, from, greedy)
  return swerve.finetune {
    name = name, from = from, task = swerve.tasks.addition { comfort = o.digits, plus = 1 },
    updates = 1, episodes = episodes, minibatch = o.short and 4 or 20, lr = 0,
    kl = { coef = 0, estimator = "full" }, log = critical.places,
    eval = { every = 1, greedy = greedy, sets = sets },
  }
end

return {
  base, look("base_greedy", base, true), look("base_sampled", base, false),
  taste, look("taste_greedy", taste, true), look("taste_sampled", taste, false),
}
