-- Experiment 6: the prioritized penalty beside methods that followed it, from the same base models. Each has one number
-- that is tuned, `x`, with the same trials on seeds that are not reported; then fresh seeds with the best.
--
--   for m in uniform certainty skewed_kl centered_kl zcpo kl_unclipped rsi stapo empg gtpo; do
--     swerve sweep examples/paper/methods.lua --grid method=$m --grid strength=0.25,0.5,1,2,4 --seeds 31..32
--   done
--   swerve sweep examples/paper/methods.lua --grid method=gtpo --grid strength=1 --grid base=1,2,3,4,5 --seeds 41..45
--
-- The last command is for each method with its best strength.
-- `strength` multiplies the number that the method's table below starts from. Look at: success/plus1, kl/full.
local a2c = require "swerve.a2c"
local kl_unclipped = require "swerve.losses.kl_unclipped"
local ppo = require "swerve.ppo"
local rules = require "swerve.rules"
local skewed_kl = require "swerve.losses.skewed_kl"
local study = require "study"

local o = study.options { method = "certainty", strength = 1 }
local x = o.strength

-- What each changes of the stage. Methods that weigh advantages keep a uniform penalty.
local methods = {
  uniform = function() return { kl = { coef = o.kl * x } } end,
  certainty = function() return { kl = { rule = rules.certainty { alpha = 150 * x, measure = "negentropy" } } } end,
  skewed_kl = function() return { loss = skewed_kl { a = 0.8, loss = a2c }, kl = { coef = o.kl * x } } end,
  centered_kl = function() return { kl = { coef = 0, rule = rules.centered_kl { coef = 0.1 * x } } } end,
  zcpo = function()
    local rule = rules.zcpo { beta = 4 * x }
    local group = o.short and 4 or 8
    return {
      algorithm = "grpo", group = group, normalize = "none", kl = { coef = 0, rule = rule },
      gae_lambda = false, critic = false, vf = false,
    }
  end,
  kl_unclipped = function() return { loss = kl_unclipped { loss = ppo }, clip = 0.2, kl = { coef = o.kl * x } } end,
  rsi = function() return { kl = { rule = rules.rsi { low = 0, high = 4 * x } } } end,
  stapo = function() return { kl = { rule = rules.stapo { probability = math.min(0.9, 0.002 * x) } } } end,
  empg = function() return { kl = { rule = rules.empg { k = x } } } end,
  gtpo = function() return { kl = { rule = rules.gtpo { b = math.min(0.9, 0.2 * x) } } } end,
}

local base = study.base(o)

local function stage(name)
  local changes = methods[name]()
  changes.name, changes.from = name, base
  return study.finetune(o, changes)
end

if o.short then   -- for the golden file: all of them
  local stages = {}
  for name in pairs(methods) do stages[#stages + 1] = stage(name) end
  return stages
end
if not methods[o.method] then error("option 'method' must be one of the names in this script, got " .. o.method, 0) end
return stage(o.method)
