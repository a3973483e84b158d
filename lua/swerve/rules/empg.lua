-- EMPG (entropy-modulated policy gradients): sure steps learn more than unsure ones, and a step that leads to a sure
-- one gets a bonus. With H~ the entropy of a step, scaled to 0...1 over the steps of the batch,
--
--   A'_t = A_t exp(-k H~_t) / mean exp(-k H~) + zeta exp(-k H~_{t+1});   A = A' - mean A'
--
-- The last step of an answer gets no bonus. Wang et al., "Harnessing Uncertainty: Entropy-Modulated Policy Gradients
-- for Long-Horizon LLM Agents", arXiv 2509.09265, where a step is a thought with its action and its entropy the mean
-- over its tokens. `step` ends a step at each token with that text in it; without it every token is a step. The paper
-- has another k for the bonus, which is the same here; its values we could not verify.
--
-- The opposite of entropy_advantage and gtpo, which give unsure tokens more.
local check = require "swerve.check"
local host = require "swerve.internal"

---@class swerve.rules.EMPG
---@field k? number at least 0; 0 scales nothing; default: 1
---@field zeta? number of the bonus, at least 0; default: 0
---@field step? string a text that ends a step, such as "\n"; default: every token is a step

-- The number of each token's step, and of each step its mean entropy and the row that it is in.
local function steps_of(t, ends)
  local row, entropy = t:numbers "row", t:numbers "entropy"
  local step, steps, open = {}, {}, nil
  for i = 1, t.count do
    if not open or open.row ~= row[i] then
      open = { row = row[i], sum = 0, tokens = 0 }
      steps[#steps + 1] = open
    end
    step[i] = #steps
    open.sum, open.tokens = open.sum + entropy[i], open.tokens + 1
    if not ends or t:text(i):find(ends, 1, true) then open = nil end
  end
  for _, one in ipairs(steps) do one.entropy = one.sum / one.tokens end
  return step, steps
end

---Advantages.
---@param options? swerve.rules.EMPG
---@return swerve.Rule
return function(options)
  local o = check.options("rules.empg", options or {}, {
    k = { "nonnegative", default = 1 }, zeta = { "nonnegative", default = 0 }, step = { "string", optional = true },
  })
  local function empg(t)
    local step, steps = steps_of(t, o.step)
    local low, high = math.huge, -math.huge
    for _, one in ipairs(steps) do low, high = math.min(low, one.entropy), math.max(high, one.entropy) end
    local sum = 0
    for _, one in ipairs(steps) do
      local scaled = high > low and (one.entropy - low) / (high - low) or 0
      one.sureness = math.exp(-o.k * scaled)
      sum = sum + one.sureness
    end
    local scale, bonus = {}, {}
    for i = 1, t.count do
      local own, next_one = steps[step[i]], steps[step[i] + 1]
      scale[i] = own.sureness * #steps / sum
      bonus[i] = next_one and next_one.row == own.row and next_one.sureness or 0
    end
    local modulated = t.advantage * t:tensor(scale) + o.zeta * t:tensor(bonus)
    return { advantage = modulated - modulated:mean() }
  end
  return host.rule(empg, check.place())
end
