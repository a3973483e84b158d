-- The probability of what was generated, under the policy now and under the policy that generated it: a number above 0,
-- 1 before the first step of an update.
--
-- Helps to bound how far several epochs go. "token" judges each token by itself; "sequence" the episode as a whole, so
-- that one improbable token moves it little: bounds are to be narrower there, 0.0003 and 0.0004 as published.

---exp(logp - old_logp) at each token; with c.ratio = "sequence" the geometric mean over the episode, the same at each
---of its tokens (GSPO, arXiv 2507.18071).
---@param t swerve.Tokens
---@param c swerve.Coefficients
---@return swerve.Tensor
return function(t, c)
  local d = t.logp - t.old_logp
  if c.ratio == "sequence" then d = d:row_mean() end
  return d:exp()
end
