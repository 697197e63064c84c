# From the lines of load, a block a system, a table with a column for each. Beside every other system's figure stands
# how many times the gateway's it is.
/^system=/ { name = $2; names[++count] = name }
/=/ { value[name, $1] = $2 }
/^system_calls_per_second=/ { rate[name] = $2 }

function row(label, key, digits, i, text, own) {
    printf "%-38s", label
    own = value[names[1], key]
    for (i = 1; i <= count; i++) {
        text = value[names[i], key]
        if (text == "") text = "-"
        else if (digits != "") text = sprintf("%." digits "f", text)
        if (i > 1 && digits != "" && own > 0 && value[names[i], key] != "" && key !~ /^(calls|seconds)$/)
            text = text sprintf(" (x%.1f)", value[names[i], key] / own)
        printf " %18s", text
    }
    printf "\n"
}

END {
    for (i = 1; i <= count; i++) {
        n = names[i]
        if (rate[n] != "" && value[n, "packets_per_second"] > 0)
            value[n, "calls_per_packet"] = rate[n] / value[n, "packets_per_second"]
        value[n, "threads"] = value[n, "threads_one"] " / " value[n, "threads"]
        value[n, "fds_per_call"] = (value[n, "fds"] - value[n, "fds_idle"]) / calls
        value[n, "talked"] = value[n, "talking"] " of " value[n, "calls"]
        value[n, "media"] = value[n, "media_p50_ms"] " / " value[n, "media_p95_ms"]
        value[n, "loss"] = value[n, "lost"] " of " value[n, "sent"]
    }
    printf "\n%-38s", (kind == "sip" ? "browser <-> phone, " : "echo, ") calls " calls"
    for (i = 1; i <= count; i++) printf " %18s", names[i]
    printf "\n"
    row("calls with sound", "talked")
    row("CPU per relayed packet [us]", "cpu_us_per_packet", 2)
    row("CPU of the process [cores]", "cpu_cores", 3)
    row("CPU per call [% of a core]", "cpu_percent_per_call", 3)
    row("system calls per relayed packet", "calls_per_packet", 2)
    row("resident memory per call [kB]", "kb_per_call", 0)
    row("threads with 1 call / with all", "threads")
    row("descriptors per call", "fds_per_call", 1)
    row("added delay p50 [ms]", "delay_p50_ms", 3)
    row("added delay p99 [ms]", "delay_p99_ms", 3)
    row("first media p50 / p95 [ms]", "media")
    row("packets lost", "loss")
    row("relayed packets a second", "packets_per_second")
    row("SRTP", "profile")
    row("load tool [cores]", "load_cores")
    row("packets the load tool left out", "missed")
    row("machine busy", "machine_busy")
    for (i = 1; i <= count; i++)
        if (value[names[i], "failure"] != "") print names[i] ": some calls failed: " value[names[i], "failure"]
}
