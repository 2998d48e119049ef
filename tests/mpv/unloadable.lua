-- Loads the script, and ends it when it is told to, as no script of mpv's can be ended from outside.
dofile(os.getenv("MEDIABEAT_SCRIPT"))
mp.register_script_message("unload", function() mp.keep_running = false end)
