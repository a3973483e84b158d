-- Another's loss with other weights of the tokens: what a loss is made of that goes around a loss (losses.kl_unclipped,
-- losses.off_policy_mask).

-- `t` with some columns in place of its own.
local function with(t, columns)
  return setmetatable(columns, {
    __index = function(_, name)
      local value = t[name]
      if type(value) ~= "function" then return value end
      return function(_, ...) return value(t, ...) end
    end,
  })
end

---The value of `loss` for `t` with other columns, and its parts beside those given. A part of `loss` with the name of a
---given one takes its place.
---@param loss swerve.Loss
---@param t swerve.Tokens
---@param columns table<string, swerve.Tensor> such as { kl_weight = w }
---@param parts table<string, swerve.Tensor>
---@param ... any what the loss gets besides: coefficients, step, state
---@return swerve.Tensor value
---@return table<string, swerve.Tensor> parts
return function(loss, t, columns, parts, ...)
  local value, given = loss(with(t, columns), ...)
  for name, part in pairs(given or {}) do parts[name] = part end
  return value, parts
end
