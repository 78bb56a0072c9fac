package home

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
)

// Locate says where the home is: the flag --home, else ISCHIA_HOME, else
// .ischia in the user's own folder. The path is absolute; a ~ in it is an
// ordinary letter, because expanding it is the shell's business.
func Locate(flag string, getenv func(string) string) (string, error) {
	dir := flag
	if dir == "" {
		dir = getenv("ISCHIA_HOME")
	}
	if dir == "" {
		user := getenv(userVariable())
		if user == "" {
			return "", errors.New("locate the home: " + userVariable() + " is not set; use --home DIR or ISCHIA_HOME")
		}
		dir = filepath.Join(user, ".ischia")
	}
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("locate the home %s: %w", dir, err)
	}
	return absolute, nil
}

func userVariable() string {
	if runtime.GOOS == "windows" {
		return "USERPROFILE"
	}
	return "HOME"
}
