-- $ swerve run error-at-a-token.lua --out record
-- An error inside a rule's function for one token, some calls down.
local swerve = require "swerve"

local weights = { digit = 1, space = 0.5 }

local function kind(tok)
  if tok.text == " " then return "space" end
  return tonumber(tok.text) and "digit" or "letter"
end

local function scaled(weight, tok) return weight * tok.certainty end

local function weigh(tok) return (scaled(weights[kind(tok)], tok)) end

local reference = swerve.pretrain {
  model = { layers = 1, heads = 1, width = 8, context = 240 },
  task = swerve.tasks.addition { comfort = 1 }, steps = 1, batch = 2, lr = 1e-3,
}

return swerve.finetune {
  from = reference,
  task = swerve.tasks.addition { comfort = 1, plus = 1 },
  updates = 2, episodes = 2, minibatch = 2, lr = 1e-4,
  kl = { coef = 1, rule = swerve.rules.each(weigh) },
}
