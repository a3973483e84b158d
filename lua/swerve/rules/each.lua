-- A rule for one token at a time, with plain numbers. Slower than columns by far, and enough for thousands of tokens.
local check = require "swerve.check"
local host = require "swerve.internal"

---`tok` has the columns' names with plain numbers, and `tok.text`; it is the same table for every token, so don't keep
---it.
---@param weigh fun(tok: table, step: integer, rng: swerve.Rng, state: table, metrics: table<string, number>): number
---@return swerve.Rule
return function(weigh)
  if type(weigh) ~= "function" then check.fail("rules.each takes a function of a token, got " .. check.shown(weigh)) end
  local function each(t, step, rng, state, metrics)
    -- Where the host finds the token that an error is about.
    local columns, at = {}, {}
    -- Nothing is ever stored in `tok`, so that every read and every write comes by here.
    local tok = setmetatable({}, {
      __index = function(_, name)
        if name == "text" then return t:text(at.index) end
        local column = columns[name]
        if not column then
          column = t:numbers(name)
          columns[name] = column
        end
        return column[at.index]
      end,
      __newindex = function(_, name) error("tok is read only; it has no '" .. tostring(name) .. "'", 2) end,
    })
    host.follow(t, at)
    local weights = {}
    for i = 1, t.count do
      at.index = i
      local weight = weigh(tok, step, rng, state, metrics)
      if type(weight) ~= "number" then host.refuse(t, i, weigh, weight) end
      weights[i] = weight
    end
    at.index = nil
    return t:tensor(weights)
  end
  return host.rule(each, weigh)
end
