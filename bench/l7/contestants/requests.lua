-- Requests for hosts and paths of the policies, each another one: argument 1 is how many policies there are.
local requests = {}
local next_request = 0

function init(arguments)
  local policies = tonumber(arguments[1])
  for i = 0, 999 do
    -- A step without a common divisor with the number of policies, so that all parts of the table are visited.
    local policy = (i * 7919) % policies
    local path = policy % 2 == 0 and '/exact/' .. policy or '/prefix/' .. policy .. '/page'
    wrk.headers['Host'] = 'h' .. policy % 100 .. '.example'
    requests[i] = wrk.format('GET', path)
  end
end

function request()
  next_request = (next_request + 1) % 1000
  return requests[next_request]
end
