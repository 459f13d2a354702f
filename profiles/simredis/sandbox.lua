-- What a script sees, and how its result becomes a reply. Given: how to run a command, decode JSON and take a SHA-1,
-- and the value that stands for JSON's null. Gives: compile(source) and run(function, protocol, number of keys, words...).
local run_command, decode_json, sha1hex, null = ...

local type, pairs, tostring, select, error, pcall = type, pairs, tostring, select, error, pcall
local rawset, setmetatable, loadstring = rawset, setmetatable, loadstring
local format, concat, floor, gsub = string.format, table.concat, math.floor, string.gsub

-- cjson ------------------------------------------------------------------------------------------------------------

local escapes = {['"'] = '\\"', ['\\'] = '\\\\', ['/'] = '\\/', ['\b'] = '\\b', ['\f'] = '\\f', ['\n'] = '\\n',
                 ['\r'] = '\\r', ['\t'] = '\\t', ['\127'] = '\\u007f'}
for code = 0, 31 do
  local char = string.char(code)
  escapes[char] = escapes[char] or format('\\u%04x', code)
end

local function quote(text)
  return '"' .. gsub(text, '[%z\1-\31"\\/\127]', escapes) .. '"'
end

local function number_text(number)
  if number ~= number or number == math.huge or number == -math.huge then
    error('Cannot serialise number: must not be NaN or Inf', 0)
  end
  return format('%.14g', number)
end

-- The length of a table that is an array, else nil. An empty table is an object.
local function array_length(value)
  local length, items = 0, 0
  for key in pairs(value) do
    if type(key) ~= 'number' or key < 1 or floor(key) ~= key then return nil end
    if key > length then length = key end
    items = items + 1
  end
  if length > items * 2 and length > 10 then
    error('Cannot serialise table: excessively sparse array', 0)
  end
  return length > 0 and length or nil
end

local encode

local function encode_table(value, depth)
  if depth > 1000 then error('Cannot serialise, excessive depth (' .. depth .. ')', 0) end
  local parts, length = {}, array_length(value)
  if length then
    for index = 1, length do parts[index] = encode(value[index], depth + 1) end
    return '[' .. concat(parts, ',') .. ']'
  end
  for key, item in pairs(value) do
    local name
    if type(key) == 'number' then name = '"' .. number_text(key) .. '"'
    elseif type(key) == 'string' then name = quote(key)
    else error('Cannot serialise ' .. type(key) .. ': table key must be a number or string', 0) end
    parts[#parts + 1] = name .. ':' .. encode(item, depth + 1)
  end
  return '{' .. concat(parts, ',') .. '}'
end

encode = function(value, depth)
  local kind = type(value)
  if kind == 'string' then return quote(value) end
  if kind == 'number' then return number_text(value) end
  if kind == 'boolean' then return value and 'true' or 'false' end
  if kind == 'table' then return encode_table(value, depth) end
  if value == nil or value == null then return 'null' end
  error('Cannot serialise ' .. kind .. ': type not supported', 0)
end

local function decode(text)
  local value, reason = decode_json(tostring(text))
  if reason then error(reason, 0) end
  return value
end

-- redis ------------------------------------------------------------------------------------------------------------

local function call(...)
  local reply = run_command(...)
  if type(reply) == 'table' and reply.err then error(reply.err, 0) end
  return reply
end

local function error_reply(text)
  if text:sub(1, 1) == '-' then text = text:sub(2) end
  return {err = text:find(' ', 1, true) and text or 'ERR ' .. text}
end

local redis = {call = call, pcall = run_command, sha1hex = sha1hex, error_reply = error_reply, LOG_DEBUG = 0, LOG_VERBOSE = 1,
               LOG_NOTICE = 2, LOG_WARNING = 3}
function redis.status_reply(text) return {ok = text} end
function redis.log() end
setmetatable(redis, {__index = function(_, name) error('redis.' .. tostring(name) .. ' is not simulated', 2) end})

-- The world of a script --------------------------------------------------------------------------------------------

local function without(original, ...)
  local copy = {}
  for name, value in pairs(original) do copy[name] = value end
  for index = 1, select('#', ...) do copy[select(index, ...)] = nil end
  return copy
end

local globals = {
  redis = redis, server = redis, _VERSION = _VERSION,
  cjson = {encode = function(value) return encode(value, 1) end, decode = decode, null = null},
  string = without(string, 'dump'), table = without(table), math = without(math, 'random', 'randomseed'),
  assert = assert, error = error, getmetatable = getmetatable, ipairs = ipairs, next = next, pairs = pairs,
  pcall = pcall, rawequal = rawequal, rawget = rawget, rawset = rawset, select = select,
  setmetatable = setmetatable, tonumber = tonumber, tostring = tostring, type = type, unpack = unpack,
  xpcall = xpcall,
}
globals._G = globals
setmetatable(globals, {
  __index = function(_, name)
    error("Script attempted to access nonexistent global variable '" .. tostring(name) .. "'", 2)
  end,
  __newindex = function() error('Attempt to modify a readonly table', 2) end,
})

-- Replies ----------------------------------------------------------------------------------------------------------

local function failure(text) return '-' .. gsub(text, '[\r\n]', ' ') .. '\r\n' end

local wire

local function wire_table(value, protocol)
  if type(value.err) == 'string' then return failure(value.err) end
  if type(value.ok) == 'string' then return '+' .. gsub(value.ok, '[\r\n]', ' ') .. '\r\n' end
  if value.double or value.map then return failure('ERR doubles and maps from scripts are not simulated') end
  local parts, length = {}, 0
  while value[length + 1] ~= nil do
    length = length + 1
    parts[length] = wire(value[length], protocol)
  end
  return '*' .. length .. '\r\n' .. concat(parts)
end

wire = function(value, protocol)
  local kind = type(value)
  if kind == 'string' then return '$' .. #value .. '\r\n' .. value .. '\r\n' end
  if kind == 'number' then
    return format(':%.0f\r\n', value < 0 and math.ceil(value) or floor(value))
  end
  if kind == 'table' then return wire_table(value, protocol) end
  if value == true then return ':1\r\n' end
  return protocol == 3 and '_\r\n' or '$-1\r\n'
end

-- An error of a command carries its own code; any other is Lua's.
local function explain(problem)
  local text = type(problem) == 'table' and problem.err or problem
  if type(text) ~= 'string' or not text:find('^%u+ ') then text = 'ERR ' .. tostring(text) end
  return failure(text .. ' script: on @user_script.')
end

local function compile(source)
  local script, reason = loadstring(source, '@user_script')
  if script then setfenv(script, globals) end
  return script or false, reason or false
end

local function run(script, protocol, keys, ...)
  local KEYS, ARGV, words = {}, {}, {...}
  for index = 1, keys do KEYS[index] = words[index] end
  for index = keys + 1, select('#', ...) do ARGV[index - keys] = words[index] end
  rawset(globals, 'KEYS', KEYS)
  rawset(globals, 'ARGV', ARGV)
  local fine, result = pcall(script)
  if not fine then return explain(result) end
  return wire(result, protocol)
end

return compile, run
