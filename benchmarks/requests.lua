-- Sends each line of a file once: path, body, cookie, separated by tabs.
local lines, place, ended = {}, 0, false

function init(args)
   for line in io.lines(args[1]) do
      local path, body, cookie = line:match("^([^\t]*)\t([^\t]*)\t([^\t]*)$")
      local headers = { ["Content-Type"] = "application/x-www-form-urlencoded" }
      if cookie ~= "" then headers["Cookie"] = cookie end
      lines[#lines + 1] = wrk.format("POST", path, headers, body)
   end
end

function request()
   place = place + 1
   if place > #lines then
      if not ended then io.write("list ended\n") end
      ended, place = true, 1
   end
   return lines[place]
end
