-- Sends the requests of a file, unchanged and in random order, and prints the result as JSON at the end.
local requests = {}
function init(args)
  math.randomseed(os.time())
  for request in io.open(args[1]):read("*a"):gmatch("[^%z]+") do requests[#requests + 1] = request end
end
function request() return requests[math.random(#requests)] end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format('RESULT {"answers":%d,"seconds":%.6f,"p99Us":%.1f,"errors":%d}\n', summary.requests,
    summary.duration / 1e6, latency:percentile(99), e.status + e.connect + e.read + e.write + e.timeout))
end
