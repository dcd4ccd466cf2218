-- A script for wrk. Prints the result of the run as one line of JSON.
--
-- BENCH_BODY  if set, each request is a POST with this JSON body
-- BENCH_KEYS  if set, each request has an Idempotency-Key of its own, which begins with this value
-- BENCH_PORTS if set, each thread connects to one of these ports

local keys = os.getenv("BENCH_KEYS")
local threads = 0
local ports = {}

for port in (os.getenv("BENCH_PORTS") or ""):gmatch("%d+") do
    table.insert(ports, port)
end

if os.getenv("BENCH_BODY") then
    wrk.method = "POST"
    wrk.body = os.getenv("BENCH_BODY")
    wrk.headers["Content-Type"] = "application/json"
end

function setup(thread)
    threads = threads + 1
    thread:set("number", threads)
    if #ports > 0 then
        thread.addr = wrk.lookup(wrk.host, ports[(threads - 1) % #ports + 1])[1]
    end
end

if keys then
    local head, tail
    local count = 0

    -- The request is formatted once. Each request then only joins three strings.
    function init(args)
        wrk.headers["Idempotency-Key"] = "@key@"
        local first, last
        local text = wrk.format()
        first, last = text:find("@key@", 1, true)
        head = text:sub(1, first - 1) .. keys .. "-" .. number .. "-"
        tail = text:sub(last + 1)
    end

    function request()
        count = count + 1
        return head .. count .. tail
    end
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        'result {"requests": %d, "seconds": %.6f, "p50": %.3f, "p99": %.3f, "connect": %d, "read": %d, "write": %d, '
            .. '"status": %d, "timeout": %d}\n',
        summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
        errors.connect, errors.read, errors.write, errors.status, errors.timeout))
end
