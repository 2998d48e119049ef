-- For wrk: pings of sessions whose ids are the lines of a file, each with a time of its own, so that none is a duplicate.
--   wrk ... -s bench/ingest.lua URL -- FILE FIRST_TS

local paths, turn, ts = {}, 0, 0
local headers = { ["Content-Type"] = "application/json" }
local body = '{"eventType":"ping","playerTime":{"playhead":%d,"ts":%d},"qoeData":{"media.qoe.bitrate":3200000}}'

function init(arguments)
  ts = tonumber(arguments[2])
  for id in io.lines(arguments[1]) do paths[#paths + 1] = "/api/v1/sessions/" .. id .. "/events" end
end

function request()
  turn = turn % #paths + 1
  if turn == 1 then ts = ts + 1000 end
  return wrk.format("POST", paths[turn], headers, body:format(ts % 3600000 / 1000, ts))
end

function done(summary)
  local errors = summary.errors
  local failed = errors.status + errors.connect + errors.read + errors.write + errors.timeout
  io.write(("requests=%d failed=%d microseconds=%d\n"):format(summary.requests, failed, summary.duration))
end
