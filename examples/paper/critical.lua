-- What the experiments of this folder log of each update, besides the usual: the critical tokens against the rest.
--
--   kl/critical, kl/rest                 exact KL of policy to reference, mean over such tokens, in nats
--   certainty/..., ref_entropy/...       of the reference: is it less sure at critical tokens?
--   mistakes/any                         share of the texts that leave the solution somewhere
--   mistakes/critical                    share of these whose first wrong character stands at a critical token
local function log(t)
  local critical = t.critical
  local rest = t.mask - critical
  local places, mistakes = critical:sum():item(), t.mistake:sum():item()
  local numbers = { ["mistakes/any"] = mistakes / t.rows }
  if mistakes > 0 then numbers["mistakes/critical"] = (t.mistake * critical):sum() / mistakes end
  for name, column in pairs { kl = t.kl_full, certainty = t.certainty, ref_entropy = t.ref_entropy } do
    numbers[name .. "/rest"] = (column * rest):sum() / (t.count - places)
    if places > 0 then numbers[name .. "/critical"] = (column * critical):sum() / places end
  end
  return numbers
end

-- Names of what was written where the solution goes on otherwise.
local kinds = { ["]"] = "list_closed", [","] = "comma" }

local function kind(text)
  return kinds[text] or (text:find "^%d$" and "digit") or "other"
end

-- In which lines of the scratchpad the texts leave the solution, and what they write there instead: shares of all first
-- mistakes, as mistakes/line/K (K = 0 before the first line, 4 also beyond) and mistakes/wrote/KIND. The prompt is
-- followed by a newline, <scratch>, a newline, and line 1.
local function places(t)
  local numbers = log(t)
  local row, token, mistake = t:numbers "row", t:numbers "token", t:numbers "mistake"
  local newline                    -- its number in the alphabet; every text starts with one
  local line, total, shares = 0, 0, {}
  for i = 1, t.count do
    if i == 1 or row[i] ~= row[i - 1] then line, newline = -1, newline or (t:text(i) == "\n" and token[i]) end
    if mistake[i] == 1 then
      total = total + 1
      for _, name in ipairs { "line/" .. math.max(0, math.min(line, 4)), "wrote/" .. kind(t:text(i)) } do
        shares[name] = (shares[name] or 0) + 1
      end
    end
    if token[i] == newline then line = line + 1 end
  end
  for name, number in pairs(shares) do numbers["mistakes/" .. name] = number / total end
  return numbers
end

return { log = log, places = places }
