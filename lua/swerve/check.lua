-- Checks the options of the library's functions. Errors come up at the line of the script that called the function.
local host = require "swerve.internal"

local check = {}

-- "lua/swerve/", from this file's own name.
local folder = select(2, pcall(error, "", 2)):match("^(.*)check%.lua:")

---"file:line: " of the innermost line that is not the library's, "" if there is none. The line of a call that is the
---last thing a file does (return rules.certainty { ... }) is gone when the call runs: line 0 stands for the file, then.
---@return string
function check.place()
  local places, has_left = {}, false
  for level = 3, 30 do
    local _, place = pcall(error, "", level)
    if place == "" then
      -- A function of the host's, such as require.
      has_left = true
    elseif place:sub(1, #folder) ~= folder then
      if not has_left then return place end
      places[#places + 1] = place
    end
  end
  return host.loading_place(places)
end

---Raises at the line of the script that called the library.
---@param message string
function check.fail(message)
  local place = check.place()
  -- Training called the library: the host knows where the hook is. It also knows of files without a line.
  if place == "" or place:find(":0: ", 1, true) then host.fail(message, place) end
  error(place .. message, 0)
end

-- Stands for the memory of a hook that was called without one: using it is an error, not a loss of what was remembered.
local function no_state()
  check.fail(
    "this schedule keeps a memory: pass on the `state` that the host gives, as in rule(t, step, rng, state, metrics)")
end
check.no_state = setmetatable({}, { __index = no_state, __newindex = no_state })

local verifies = {}

---What a loss asks of its coefficients. The host calls it once a stage is made; the loss does so at each step.
---@param loss swerve.Loss
---@param verify fun(c: table<string, number|false>) c: by name; false: a schedule, whose numbers come later
---@return swerve.Loss
function check.verified(loss, verify)
  verifies[loss] = verify
  return loss
end

---Calls what `check.verified` was given; other losses ask for nothing.
---@param loss function
---@param c table<string, number|false>
function check.verify(loss, c)
  if verifies[loss] then verifies[loss](c) end
end

---Raises unless a coefficient is above a bound. A schedule passes for now.
---@param owner string as in "losses.sapo"
---@param c table<string, number|false>|swerve.Coefficients
---@param name string
---@param bound number
---@param words? string what the bound is; default: the number
function check.coefficient(owner, c, name, bound, words)
  local value = c[name]
  words = "above " .. (words or tostring(bound))
  if value == nil then
    check.fail(owner .. " needs a coefficient: coefficients = { " .. name .. " = ... }, " .. words)
  end
  local isAbove = value and value > bound        -- false for NaN, too
  if value and not isAbove then
    check.fail("option 'coefficients." .. name .. "' must be " .. words .. " for " .. owner .. ", got "
      .. check.shown(value))
  end
end

---A value as errors show it: 1.5 (number), "ten" (string), a table, nil.
---@param value any
---@return string
function check.shown(value)
  local kind = type(value)
  if kind == "nil" then return "nil" end
  if kind == "number" or kind == "boolean" then return tostring(value) .. " (" .. kind .. ")" end
  return host.shown(value)
end

local function is_finite(value) return type(value) == "number" and value - value == 0 end

-- What an option may be: a test and the words for it.
local kinds = {
  number = { is_finite, "a finite number" },
  positive = { function(v) return is_finite(v) and v > 0 end, "a number above 0" },
  nonnegative = { function(v) return is_finite(v) and v >= 0 end, "a number at least 0" },
  nonpositive = { function(v) return is_finite(v) and v <= 0 end, "a number at most 0" },
  fraction = { function(v) return is_finite(v) and v > 0 and v < 1 end, "a number in (0, 1)" },
  count = { function(v) return math.type(v) == "integer" and v >= 1 end, "a whole number of at least 1" },
  pause = { function(v) return math.type(v) == "integer" and v >= 0 end, "a whole number of at least 0" },
  ["function"] = { function(v) return type(v) == "function" end, "a function" },
  boolean = { function(v) return type(v) == "boolean" end, "true or false" },
  string = { function(v) return type(v) == "string" end, "a string" },
  table = { function(v) return type(v) == "table" end, "a table" },
  schedule = {
    function(v) return is_finite(v) or type(v) == "function" end, "a finite number or a function that gives one",
  },
  nonnegative_schedule = {
    function(v) return is_finite(v) and v >= 0 or type(v) == "function" end,
    "a number at least 0 or a function that gives one",
  },
}

---@class swerve.check.Field
---@field [1] string kind, a key of `kinds`
---@field default? any without one the option is required
---@field optional? boolean may be left out without a default

-- A call with the options that are required: "anneal.linear { from = ..., to = ... }".
local function example(name, fields)
  local required = {}
  for field, spec in pairs(fields) do
    if spec.default == nil and not spec.optional then required[#required + 1] = field .. " = ..." end
  end
  return name .. (#required == 0 and " {}" or " { " .. table.concat(required, ", ") .. " }")
end

---The options with defaults filled in.
---@param name string as in "anneal.linear"
---@param options any what the script passed
---@param fields table<string, swerve.check.Field>
---@return table
function check.options(name, options, fields)
  if type(options) ~= "table" then
    check.fail(
      name .. " takes a table of options, as in " .. example(name, fields) .. ", got " .. check.shown(options))
  end
  local known = {}
  for field in pairs(fields) do known[#known + 1] = field end
  for key in pairs(options) do
    if not fields[key] then
      if type(key) ~= "string" then
        check.fail(name .. " takes named options, as in " .. example(name, fields) .. ", got a value without a name")
      end
      local suggestion = host.suggest(key, known)
      if suggestion == "" then suggestion = "; it has " .. table.concat(known, ", ") end
      check.fail("unknown option '" .. key .. "' of " .. name .. suggestion)
    end
  end
  local result = {}
  for field, spec in pairs(fields) do
    local value = options[field]
    local test, words = kinds[spec[1]][1], kinds[spec[1]][2]
    if value == nil then
      if spec.default == nil and not spec.optional then
        check.fail("option '" .. field .. "' of " .. name .. " is missing; it must be " .. words)
      end
      value = spec.default
    elseif not test(value) then
      check.fail("option '" .. field .. "' must be " .. words .. ", got " .. check.shown(value))
    elseif type(value) == "function" and host.maker_name(value) ~= "" then
      local maker = host.maker_name(value)
      check.fail("option '" .. field .. "' must be " .. words .. ", got the library's " .. maker
        .. ", which makes one: call it with its options, as in " .. maker .. " { ... }")
    end
    result[field] = value
  end
  return result
end

---Raises unless an option is one of some words.
---@param option string its name
---@param value any
---@param words string[]
function check.choice(option, value, words)
  for _, word in ipairs(words) do if value == word then return end end
  local suggestion = type(value) == "string" and host.suggest(value, words) or ""
  check.fail("option '" .. option .. "' must be one of \"" .. table.concat(words, '", "') .. '", got '
    .. check.shown(value) .. suggestion)
end

---Marks the functions of a module as ones that make schedules: given uncalled, they are no schedule.
---@param module table<string, function>
---@param name string as scripts write it
function check.makers(module, name)
  for field, make in pairs(module) do host.maker(make, name .. "." .. field) end
end

---Makes reading an unknown name of a module an error, so that a typo is found where it is.
---@generic T: table
---@param module T
---@param name string
---@return T
function check.sealed(module, name)
  local function missing(_, key)
    local known = {}
    for field in pairs(module) do known[#known + 1] = field end
    check.fail(name .. " has no '" .. tostring(key) .. "'" .. host.suggest(tostring(key), known))
  end
  return setmetatable(module, { __index = missing })
end

return check
