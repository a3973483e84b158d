-- What `require "swerve"` gives: the host's functions and the library's, in one table.
local check = require "swerve.check"

---@class swerve
local swerve = require "swerve.host"
swerve.anneal = require "swerve.anneal"
swerve.control = require "swerve.control"
swerve.rules = require "swerve.rules"
swerve.kl = require "swerve.kl"
swerve.stop = require "swerve.stop"

check.sealed(swerve.tasks, "swerve.tasks")
return check.sealed(swerve, "swerve")
