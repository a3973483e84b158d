-- $ swerve check files.lua
-- A script that would read a file by itself.
local prompts = io.open("prompts.txt"):read("a")

return prompts
