package main

import (
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strconv"
)

// settings are what the environment says.
type settings struct {
	address string     // from HOST, unset all interfaces, and PORT, unset 8080
	backend *url.URL   // from BACKEND_URL; unset http://backend.backend, the Service of the team backend
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
	text := or("BACKEND_URL", "http://backend.backend")
	if s.backend, err = url.Parse(text); err != nil || s.backend.Host == "" {
		return s, fmt.Errorf("BACKEND_URL: %q: want a URL, such as http://backend.backend", text)
	}
	s.address = net.JoinHostPort(or("HOST", ""), port)
	return s, nil
}
