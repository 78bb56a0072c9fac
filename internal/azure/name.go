package azure

import (
	"crypto/rand"
	"math/big"
	"strings"
)

// adjectives and nouns begin the names of jobs; the letters after them are what
// tells names apart.
const (
	adjectives = "amber brave calm clever coral crisp eager early fair gentle golden green happy honest jolly kind lively lucky " +
		"mellow merry mild nimble noble olive patient plucky polite proud quick quiet ready rosy silver sunny swift tidy upbeat warm wise young"
	nouns = "apple arrow autumn badge basil beach bridge brook candle cedar cloud comet fern field finch forest garden harbor hill island " +
		"lake leaf lemon maple meadow moon oak orchard pebble pine planet rain river rocket seed shell sky star stone wave"
	suffixLetters = "abcdefghijklmnopqrstuvwxyz0123456789"
	suffixLength  = 10
)

// NewName makes up a name for a job, as clients of Azure ML do.
func NewName() string {
	name := []byte(pick(strings.Fields(adjectives)) + "_" + pick(strings.Fields(nouns)) + "_")
	for range suffixLength {
		name = append(name, suffixLetters[below(len(suffixLetters))])
	}
	return string(name)
}

func pick(words []string) string { return words[below(len(words))] }

// below is a number from 0 to n-1.
func below(n int) int {
	i, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil {
		panic("azure: no random numbers: " + err.Error()) // crypto/rand never fails on systems that Go supports
	}
	return int(i.Int64())
}
