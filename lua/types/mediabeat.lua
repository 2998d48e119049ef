---@meta mediabeat
-- Types for editors (LuaCATS), and the reference of the module. Times are seconds, lengths too; what a call can answer
-- beside `true` is nil, a message and the name of a status (docs/tracking.md lists the refusals).

---@class mediabeat
---@field version string of the library, such as "0.1.0"
---@field has_libcurl boolean whether a client without a transport of its own sends over libcurl
---@field statuses table<mediabeat.Code, string> every status with its text
---@field null lightuserdata null in JSON
local mediabeat = {}

---@alias mediabeat.Code string "OK", "NO_MEMORY", "REFUSED_NOT_IN_SESSION", ...: mb_status without MB_
---@alias mediabeat.Level "error"|"warning"|"info"|"debug"|"bodies"

---A client: configuration, delivery, and the deadlines of everything under it. Any key of docs/configuration.md can be
---given. An unknown key or a value of another kind is an error.
---@param options mediabeat.Options
---@return mediabeat.Client? client nil: it cannot be made, such as without `endpoint`
---@return string? message
---@return mediabeat.Code? code
function mediabeat.client(options) end

---Marks a table as an array of JSON: only an empty one needs it.
---@param list? table a new one when it is left out
---@return table list the same
function mediabeat.array(list) end

---Whether a rule of the tracker refused the call. That is no failure: the call came when the protocol has no use for it.
---@param code? mediabeat.Code
---@return boolean
function mediabeat.is_refusal(code) end

---@return {name: string, type: "text"|"number"|"flag"|"object", default: string, help: string}[]
function mediabeat.config_keys() end

---@class mediabeat.Options
---@field endpoint? string where to send
---@field channel? string
---@field playerName? string
---@field protocol? "collection-v1"|"downloaded-v1"|"edge-va-v1"
---@field store? string the folder where events wait on disk
---@field clock? fun(): number seconds since 1970; left out: the system's clock
---@field log? fun(level: mediabeat.Level, message: string) left out: nothing is said
---@field transport? mediabeat.Transport|false left out: libcurl; false: nothing is sent, events wait
---@field [string] string|number|boolean|table every other key of docs/configuration.md

---@class mediabeat.Transport
---@field send fun(request: mediabeat.Request): mediabeat.Response|false|nil a table answers at once, nil will be completed later, false: not now
---@field cancel? fun(request: mediabeat.Request) forget it
---@field poll? fun(now: number) move what can be moved, without blocking
---@field next_deadline? fun(): number? when poll is next needed
---@field wait? fun(seconds: number): number block until something can be moved; the seconds that passed
---@field descriptor? fun(): integer? can be read when poll has something to do
---@field capacity? integer how many requests may be under way, 8

---@class mediabeat.Response
---@field status? integer of HTTP; 0 or left out: no answer came
---@field location? string
---@field retry_after? integer seconds
---@field body? string
---@field error? string what failed, for the log
---@field not_sent? boolean the backend cannot have seen the request

---@class mediabeat.Request
local Request = {}

---@return string "POST"
function Request:method() end

---@return string endpoint and path
function Request:url() end

---@return string what follows the endpoint
function Request:path() end

---@return string "application/json"
function Request:content_type() end

---@return string
function Request:body() end

---@return string the tracker's or session's name
function Request:player() end

---@return integer 1 for the player's first session
function Request:session() end

---Says how it ended: once, in `send`, in `poll`, or when the client is in no call.
---@param response mediabeat.Response
---@return true
function Request:complete(response) end

---@class mediabeat.Client
local Client = {}

---@class mediabeat.TrackerOptions
---@field player? string its name in recordings
---@field player_details? fun(): mediabeat.Details|number|nil

---What a player answers when it is asked; what is left out stays as it was.
---@class mediabeat.Details
---@field playhead? number
---@field qoe? mediabeat.Quality
---@field qoeDataDetails? mediabeat.Quality the same, in the Web SDK's words

---Quality of experience: all four are needed.
---@class mediabeat.Quality
---@field bitrate number bit/s
---@field startupTime? number ms; or timeToStart
---@field timeToStart? number
---@field fps? number or framesPerSecond
---@field framesPerSecond? number
---@field droppedFrames number since the session's start

---@param options? mediabeat.TrackerOptions
---@return mediabeat.Tracker? tracker
---@return string? message
---@return mediabeat.Code? code
function Client:tracker(options) end

---@class mediabeat.SessionOptions
---@field xdm? table|string the opening event as the Web SDK takes it, a table or JSON
---@field event? table|string or as the Media Collection API takes it
---@field playerId? string
---@field getPlayerDetails? fun(): mediabeat.Details|number|nil
---@field sessionID? fun(id: string) called when the backend has given one
---@field granularAdTracking? boolean
---@field noPings? boolean
---@field manual? boolean

---@param options mediabeat.SessionOptions
---@return mediabeat.Session? session
---@return string? message
---@return mediabeat.Code? code
function Client:create_media_session(options) end

---Goes on with a session that was opened elsewhere.
---@param options {sessionID: string, playerId?: string}
---@return mediabeat.Session? session
---@return string? message
---@return mediabeat.Code? code
function Client:resume_media_session(options) end

---Fires what is due and moves I/O, without blocking.
---@return true? done
---@return string? message
---@return mediabeat.Code? code
function Client:tick() end

---As tick, without the timers of trackers and sessions.
---@return true? done
---@return string? message
---@return mediabeat.Code? code
function Client:deliver() end

---Blocks until there is something to move.
---@param seconds number at most
---@return number seconds that passed
function Client:wait(seconds) end

---@return number? seconds on the client's clock, nil: never
function Client:next_deadline() end

---@return number seconds: what the client's clock says
function Client:now() end

---@return integer? descriptor that can be read when tick has something to move
function Client:descriptor() end

---@param consent "in"|"out"|"unknown"
---@return true? done
---@return string? message
---@return mediabeat.Code? code
function Client:set_consent(consent) end

---@param online boolean
---@return true? done
---@return string? message
---@return mediabeat.Code? code
function Client:set_online(online) end

---Writes every call as a line of a player log. Before the first tracker or session.
---@param write fun(line: string)
---@return true? done
---@return string? message
---@return mediabeat.Code? code
function Client:record(write) end

---@class mediabeat.Stats
---@field accepted integer
---@field delivered integer
---@field queued integer
---@field queued_bytes integer
---@field held integer
---@field requests integer
---@field retries integer
---@field reopened integer
---@field resent integer
---@field refused_calls integer
---@field sessions integer
---@field recovered integer
---@field stored integer
---@field possibly_doubled integer
---@field dropped table<"refused"|"session_refused"|"queue_full"|"too_old"|"consent"|"closed"|"store_full", integer>

---After close: what they were then.
---@return mediabeat.Stats
function Client:stats() end

---@return string? message what the last call that failed had to say
function Client:error() end

---@param key string
---@return string|number|boolean|nil value
function Client:config(key) end

---Delivers what it can, then frees everything under it. Any number of times.
---@param options? {timeout: number} seconds at most, 5
---@return true
function Client:close(options) end

---@class mediabeat.Tracker
local Tracker = {}

---@class mediabeat.Media
---@field id string
---@field name string
---@field length number
---@field streamType string "vod", "live", "linear", "podcast", "audiobook", "aod", ...
---@field mediaType "video"|"audio"
---@field resumed? boolean
---@field granularAdTracking? boolean
---@field prerollWaitingTime? integer ms

---@alias mediabeat.Metadata table<string, string>

---@param media mediabeat.Media
---@param metadata? mediabeat.Metadata
---@return true? done
---@return string? message
---@return mediabeat.Code? code
function Tracker:session_start(media, metadata) end

---@param info {name: string, position: integer, startTime: number}
---@return true? done
---@return string? message
---@return mediabeat.Code? code
function Tracker:ad_break_start(info) end

---@param info {id: string, name: string, position: integer, length: number}
---@param metadata? mediabeat.Metadata
---@return true? done
---@return string? message
---@return mediabeat.Code? code
function Tracker:ad_start(info, metadata) end

---@param info {name: string, position: integer, length: number, startTime: number}
---@param metadata? mediabeat.Metadata
---@return true? done
---@return string? message
---@return mediabeat.Code? code
function Tracker:chapter_start(info, metadata) end

---@param name string
---@return true? done
---@return string? message
---@return mediabeat.Code? code
function Tracker:state_start(name) end

---@param name string
---@return true? done
---@return string? message
---@return mediabeat.Code? code
function Tracker:state_end(name) end

---@param id string
---@return true? done
---@return string? message
---@return mediabeat.Code? code
function Tracker:error(id) end

---@param seconds number of main content
---@return true? done
---@return string? message
---@return mediabeat.Code? code
function Tracker:update_playhead(seconds) end

---@param quality mediabeat.Quality
---@return true? done
---@return string? message
---@return mediabeat.Code? code
function Tracker:update_qoe(quality) end

---@param ask? fun(): mediabeat.Details|number|nil nil: ask no more
---@return true? done
---@return string? message
---@return mediabeat.Code? code
function Tracker:set_player_details(ask) end

---Content plays.
---@return true? done
---@return string? message
---@return mediabeat.Code? code
function Tracker:play() end

---It pauses.
---@return true? done
---@return string? message
---@return mediabeat.Code? code
function Tracker:pause() end

---It was watched to the end.
---@return true? done
---@return string? message
---@return mediabeat.Code? code
function Tracker:complete() end

---The viewer left.
---@return true? done
---@return string? message
---@return mediabeat.Code? code
function Tracker:session_end() end

---The player waits for data.
---@return true? done
---@return string? message
---@return mediabeat.Code? code
function Tracker:buffer_start() end

---It has them.
---@return true? done
---@return string? message
---@return mediabeat.Code? code
function Tracker:buffer_complete() end

---The viewer moves the playhead.
---@return true? done
---@return string? message
---@return mediabeat.Code? code
function Tracker:seek_start() end

---It is where they want it.
---@return true? done
---@return string? message
---@return mediabeat.Code? code
function Tracker:seek_complete() end

---The ad break is over.
---@return true? done
---@return string? message
---@return mediabeat.Code? code
function Tracker:ad_break_complete() end

---The ad is over.
---@return true? done
---@return string? message
---@return mediabeat.Code? code
function Tracker:ad_complete() end

---The ad was skipped.
---@return true? done
---@return string? message
---@return mediabeat.Code? code
function Tracker:ad_skip() end

---The chapter is over.
---@return true? done
---@return string? message
---@return mediabeat.Code? code
function Tracker:chapter_complete() end

---The chapter was left.
---@return true? done
---@return string? message
---@return mediabeat.Code? code
function Tracker:chapter_skip() end

---Another bitrate: call update_qoe first.
---@return true? done
---@return string? message
---@return mediabeat.Code? code
function Tracker:bitrate_change() end

---Its session stays as it is. Any number of times.
---@return true
function Tracker:close() end

---@class mediabeat.Session
local Session = {}

---@param event table|string with eventType, in either form
---@return true? done
---@return string? message
---@return mediabeat.Code? code
function Session:send(event) end

---@return string? id the backend's, nil while it is unknown
function Session:id() end

---@param seconds number of main content
---@return true? done
---@return string? message
---@return mediabeat.Code? code
function Session:update_playhead(seconds) end

---@param quality mediabeat.Quality
---@return true? done
---@return string? message
---@return mediabeat.Code? code
function Session:update_qoe(quality) end

---@param ask? fun(): mediabeat.Details|number|nil nil: ask no more
---@return true? done
---@return string? message
---@return mediabeat.Code? code
function Session:set_player_details(ask) end

---What is queued still goes out; pings stop. Any number of times.
---@return true
function Session:close() end

return mediabeat
