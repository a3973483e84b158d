import Foundation
import LuaFuzzing
import LuaRuntime

// Runs generated scripts for some minutes. See `--help` and .ci/fuzz-lua.

let options = FuzzOptions(CommandLine.arguments)
let status = try withLargeStack(bytes: 64 << 20) { FuzzCampaign(options).run() }
exit(status)
