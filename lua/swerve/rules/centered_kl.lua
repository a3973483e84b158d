-- The KL penalty in the advantage, centred: A + c (mean d - d), with d = log pi - log pi_ref of the token and the mean
-- over all tokens of the batch. A token that left the reference farther than most is discouraged, one that left it less
-- is encouraged; over the batch nothing is added. So tinker, ART (OpenPipe/ART#562, c 1) and SkyRL
-- (NovaSky-AI/SkyRL#1262, c 0.01) do it; no paper has it.
--
-- Helps where a penalty in the loss competes with a small policy term: this one is a part of the policy term, and moves
-- with its scale. Leave out `kl.coef` or set it to 0, unless both are meant.
local check = require "swerve.check"
local host = require "swerve.internal"

---@class swerve.rules.CenteredKL
---@field coef number c, at least 0

---Advantages.
---@param options swerve.rules.CenteredKL
---@return swerve.Rule
return function(options)
  local o = check.options("rules.centered_kl", options, { coef = { "nonnegative" } })
  local function centered_kl(t)
    local d = t.logp - t.ref_logp
    return { advantage = t.advantage + o.coef * (d:mean() - d) }
  end
  return host.rule(centered_kl, check.place())
end
