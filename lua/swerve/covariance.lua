-- How much each token moves the policy's entropy: (A - mean A) (log pi - mean log pi), means over all tokens of the
-- batch. Where it is large, the update makes a probable token more probable, and entropy falls. Cui et al., "The
-- Entropy Mechanism of Reinforcement Learning for Reasoning Language Models", arXiv 2505.22617.

local covariance = {}

---@param t swerve.Tokens
---@return swerve.Tensor
function covariance.of(t)
  local a, logp = t.advantage:detach(), t.logp:detach()
  return (a - a:mean()) * (logp - logp:mean())
end

---How many tokens a share of them is: at least one.
---@param t swerve.Tokens
---@param share number
---@return integer
function covariance.count(t, share) return math.max(1, math.floor(share * t.count)) end

return covariance
