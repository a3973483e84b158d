-- The prioritized penalty beside methods that followed it, from the base models of several_bases.lua. Each has one
-- number that is tuned, with the same three trials from two base models on a seed that is not reported; then fresh
-- seeds with the best.
--
--   for m in uniform certainty skewed_kl centered_kl zcpo kl_unclipped rsi stapo empg gtpo; do
--     swerve sweep examples/paper/methods.lua --grid method=$m --grid strength=0.25,1,4 --grid base=1,2 --seeds 31
--   done
--   swerve sweep examples/paper/methods.lua --grid method=gtpo --grid strength=1 --grid base=1,2,3,4,5 --seeds 41..42
--
-- The last command is for each method with its best strength. `strength` multiplies the number that the table below
-- starts from. Methods that weigh tokens keep a uniform penalty with the coefficient that the tuned uniform one starts
-- from; centered_kl and zcpo have their penalty in the advantage. Look at: success/plus1, success/comfort, kl/full.
local swerve = require "swerve"
local a2c = require "swerve.a2c"
local addition = require "addition"
local kl_unclipped = require "swerve.losses.kl_unclipped"
local ppo = require "swerve.ppo"
local rules = require "swerve.rules"
local skewed_kl = require "swerve.losses.skewed_kl"

local o = swerve.options {
  base = 1, method = "certainty", strength = 1,
  kl = 0.5, digits = 3, steps = 1500, taste_steps = 200, taste_share = 0.05, short = false,
}
local x = o.strength

-- What each changes of the stage.
local methods = {
  uniform = function() return { kl = { coef = o.kl * x } } end,
  certainty = function() return { kl = { coef = 5 * o.kl, rule = rules.certainty { alpha = 50 * x } } } end,
  -- Near the reference its gradient is (1 - a)^2 of that of the usual divergence, here a twenty-fifth.
  skewed_kl = function() return { loss = skewed_kl { a = 0.8, loss = a2c }, kl = { coef = 10 * o.kl * x } } end,
  centered_kl = function() return { kl = { coef = 0, rule = rules.centered_kl { coef = o.kl * x } } } end,
  zcpo = function()
    local group = o.short and 4 or 8
    return {
      algorithm = "grpo", group = group, normalize = "none", kl = { coef = 0, rule = rules.zcpo { beta = 4 * x } },
      gae_lambda = false, critic = false, vf = false,
    }
  end,
  kl_unclipped = function() return { loss = kl_unclipped { loss = ppo }, clip = 0.2, kl = { coef = o.kl * x } } end,
  rsi = function() return { kl = { rule = rules.rsi { low = 0, high = 4 * x } } } end,
  stapo = function() return { kl = { rule = rules.stapo { probability = math.min(0.9, 0.002 * x) } } } end,
  empg = function() return { kl = { rule = rules.empg { k = x } } } end,
  gtpo = function() return { kl = { rule = rules.gtpo { b = math.min(0.9, 0.2 * x) } } } end,
}

local base = addition.taste(addition.base(o, o.base), o, 1, o.base)

local function stage(name)
  local changes = methods[name]()
  changes.name, changes.from = name, base
  changes.kl.coef = changes.kl.coef or o.kl
  return addition.finetune(changes, o.short)
end

if o.short then   -- for the golden file: all of them
  local stages = {}
  for name in pairs(methods) do stages[#stages + 1] = stage(name) end
  return stages
end
if not methods[o.method] then error("option 'method' must be one of the names in this script, got " .. o.method, 0) end
return stage(o.method)
