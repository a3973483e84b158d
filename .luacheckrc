-- luacheck (Debian's lua-check): `make lint` runs it over lua/ and examples/.
std = "lua54"
-- What the sandbox of scripts leaves out.
not_globals = { "debug", "dofile", "io", "loadfile", "os", "package", "warn" }
max_line_length = 120
-- The stubs are functions without bodies, and the lines of their comments are as long as editors like.
files["lua/_meta"] = { ignore = { "212", "241", "431", "432" }, max_line_length = false }
