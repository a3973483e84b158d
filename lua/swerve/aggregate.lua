-- How the terms of all tokens of a minibatch become one number. What is divided by decides how much a long answer
-- counts.
local check = require "swerve.check"

local aggregates = {
  -- Every token counts the same (DAPO, arXiv 2503.14476).
  tokens = function(x) return x:mean() end,
  -- Every episode counts the same: the mean over episodes of their tokens' means (GRPO, arXiv 2402.03300).
  sequences = function(x, t) return (x / t.mask:row_sum()):sum() / t.rows end,
  -- Sums over episodes, divided by one constant (Dr. GRPO, arXiv 2503.20783).
  constant = function(x, t, c) return x:sum() / (t.rows * c.aggregate_length) end,
}

---@param x swerve.Tensor a term for each token
---@param t swerve.Tokens
---@param c swerve.Coefficients c.aggregate: "tokens", "sequences" or "constant"
---@return swerve.Tensor scalar
return function(x, t, c)
  local aggregate = aggregates[c.aggregate]
  if not aggregate then
    check.fail("c.aggregate must be tokens, sequences or constant, got " .. tostring(c.aggregate))
  end
  return aggregate(x, t, c)
end
