-- Tests of rules, losses and schedules in plain Lua, with values worked by hand. A file of tests has a name that ends
-- in `_test.lua`; `swerve test FILE` runs its cases one after the other.
--
--     local testing = require "swerve.testing"
--     local rules = require "swerve.rules"
--
--     testing.case("the oracle sets critical tokens free", function()
--       local t = testing.tokens { logp = { { -1, -2 }, { -3 } }, critical = { { 0, 1 }, { 0 } } }
--       testing.equal(testing.weights(rules.oracle {}, t).kl, { { 1, 0 }, { 1 } })
--     end)
--
-- Columns hold single precision: compare with testing.equal where a value is a sum of powers of two, else testing.near.
local check = require "swerve.check"
local host = require "swerve.internal"

local testing = {}

---Declares a case: it passes when `body` returns.
---@param name string what should hold; of one file, each name once
---@param body fun()
function testing.case(name, body) host.test_case(name, body) end

-- As people write it; tables on one line.
local function shown(value)
  if type(value) == "string" then return string.format("%q", value) end
  if type(value) ~= "table" then return tostring(value) end
  local parts = {}
  for i, element in ipairs(value) do parts[i] = shown(element) end
  for key, element in pairs(value) do
    if not (math.type(key) == "integer" and key >= 1 and key <= #value) then
      parts[#parts + 1] = tostring(key) .. " = " .. shown(element)
    end
  end
  return #parts == 0 and "{}" or "{ " .. table.concat(parts, ", ") .. " }"
end

-- Calls `differs(found, expected)` for everything that is not a table; it answers nothing or what is wrong.
-- Returns the way to the first place that differs, what is wrong, and both values.
local function difference(found, expected, differs, way)
  -- Tensors become numbers or tables of rows.
  found, expected = host.test_rows(found), host.test_rows(expected)
  if type(found) ~= "table" or type(expected) ~= "table" then
    local problem = differs(found, expected)
    if problem then return way, problem, found, expected end
    return nil
  end
  for key, value in pairs(expected) do
    local at, problem, a, b = difference(found[key], value, differs, way .. "[" .. shown(key) .. "]")
    if at then return at, problem, a, b end
  end
  for key, value in pairs(found) do
    if expected[key] == nil then return way .. "[" .. shown(key) .. "]", "", value, nil end
  end
end

local function compare(found, expected, differs)
  local at, problem, a, b = difference(found, expected, differs, "")
  if not at then return end
  local what = at .. (at ~= "" and problem ~= "" and ", " or "") .. problem
  host.test_fail(check.place(), what, shown(b), shown(a))
end

local function unequal(found, expected)
  if found == expected or (found ~= found and expected ~= expected) then return nil end
  return ""
end

---Fails unless both are the same: equal numbers (any NaN equals another), strings and booleans; tables with equal
---values at equal keys; tensors with equal numbers. A tensor compares with a number or with a table of rows.
---@param found any
---@param expected any
function testing.equal(found, expected) compare(found, expected, unequal) end

-- Where a number lies among all numbers of single precision.
local function place_of(number)
  local bits = string.unpack("<i4", string.pack("<f", number))
  return bits < 0 and -0x80000000 - bits or bits
end

---@class swerve.testing.Near
---@field abs? number largest distance
---@field rel? number largest distance, as a share of the expected number's magnitude
---@field ulp? integer largest number of steps from one number of single precision to the next

---As testing.equal, but numbers may be off by as much as one of the bounds allows.
---@param found any
---@param expected any
---@param within? swerve.testing.Near default: { rel = 1e-6 }
function testing.near(found, expected, within)
  local o = check.options("testing.near", within or { rel = 1e-6 }, {
    abs = { "nonnegative", optional = true }, rel = { "nonnegative", optional = true },
    ulp = { "pause", optional = true },
  })
  local function far(a, b)
    if type(a) ~= "number" or type(b) ~= "number" then return unequal(a, b) end
    if not unequal(a, b) then return nil end
    local distance = math.abs(a - b)
    if o.abs and distance <= o.abs then return nil end
    if o.rel and distance <= o.rel * math.abs(b) then return nil end
    if distance - distance ~= 0 then return "" end
    local steps = math.abs(place_of(a) - place_of(b))
    if o.ulp and steps <= o.ulp then return nil end
    return string.format("%.3g", distance) .. " apart, " .. steps .. " ulp"
  end
  compare(found, expected, far)
end

---Fails unless calling `body` raises an error whose message has `pattern` in it.
---@param pattern string plain text, or a pattern of Lua's
---@param body fun()
---@return string message
function testing.raises(pattern, body)
  local fine, problem = pcall(body)
  if fine then host.test_fail(check.place(), "", "an error with " .. shown(pattern), "none") end
  local message = tostring(problem)
  if not message:find(pattern, 1, true) and not message:find(pattern) then
    host.test_fail(check.place(), "", "an error with " .. shown(pattern), shown(message))
  end
  return message
end

---A batch `t` of plain numbers, to call rules and losses with. `logits` has a list of numbers for each token; `text` is
---a list of texts with a character for each token. Left out, `mask`, `kl_weight`, `policy_weight` and `entropy_weight`
---are 1, `old_logp` is `logp`, and `row`, `position` and `token` are what they must be.
---@param columns table<string, number|number[][]|number[][][]|string[]> rows of numbers, or one number for every token
---@return swerve.Tokens
function testing.tokens(columns)
  if type(columns) ~= "table" then
    check.fail("testing.tokens takes a table of columns, got " .. check.shown(columns))
  end
  return host.test_tokens(columns, check.place())
end

---Random numbers, as hooks get them.
---@param seed? integer default: 1
---@param step? integer default: 1
---@return swerve.Rng
function testing.rng(seed, step) return host.test_random(seed, step) end

---@class swerve.testing.Moment
---@field seed? integer of the rule's random numbers; default: 1
---@field state? table the rule's memory; default: an empty one
---@field metrics? table<string, number> of the step before; default: none
---@field allow_negative? boolean as the option `kl.allow_negative`; default: false

---What training makes of a rule: its answer is checked as there, and every column is a table of rows.
---@param rule swerve.Rule
---@param t swerve.Tokens what testing.tokens made
---@param step? integer default: 1
---@param moment? swerve.testing.Moment
---@return table weights those of `kl`, `policy`, `entropy`, `advantage`, `clip_low`, `clip_high` it gave, and `log`
function testing.weights(rule, t, step, moment)
  local o = check.options("testing.weights", moment or {}, {
    seed = { "pause", default = 1 }, state = { "table", default = {} }, metrics = { "table", default = {} },
    allow_negative = { "boolean", default = false },
  })
  return host.test_weights(rule, t, step, o.seed, o.state, o.metrics, o.allow_negative)
end

---Calls a loss and goes back through it.
---@param loss swerve.Loss
---@param t swerve.Tokens what testing.tokens made
---@param c table<string, number|string> the coefficients that the loss reads
---@param step? integer default: 1
---@param state? table the loss's memory; default: an empty one
---@return table<string, number[][]> gradient rows of what it read of logp, entropy, value, kl_full, logits
---@return number loss
---@return table parts the loss's second result, tensors as numbers
function testing.gradient(loss, t, c, step, state)
  local copy = {}
  for name, value in pairs(c) do copy[name] = value end
  return host.test_gradient(loss, t, check.sealed(copy, "c"), step, state or {})
end

return check.sealed(testing, "swerve.testing")
