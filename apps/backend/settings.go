package main

import (
	"fmt"
	"log/slog"
	"net"
	"strconv"
)

// settings are what the environment says.
type settings struct {
	address string     // from HOST, unset all interfaces, and PORT, unset 8080
	data    string     // from DATA_DIR: the folder of the database; unset /data
	level   slog.Level // from LOG_LEVEL: debug, info, warn or error; unset info
}

func settingsOf(lookup func(string) (string, bool)) (s settings, err error) {
	or := func(name, unset string) string {
		if value, ok := lookup(name); ok && value != "" {
			return value
		}
		return unset
	}
	port := or("PORT", "8080")
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return s, fmt.Errorf("PORT: %q: want a port, 1 to 65535", port)
	}
	if err := s.level.UnmarshalText([]byte(or("LOG_LEVEL", "info"))); err != nil {
		return s, fmt.Errorf("LOG_LEVEL: %w", err)
	}
	s.address, s.data = net.JoinHostPort(or("HOST", ""), port), or("DATA_DIR", "/data")
	return s, nil
}
