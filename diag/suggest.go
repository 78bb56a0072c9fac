package diag

import (
	"fmt"
	"slices"
	"strings"
)

// longestGuess bounds the words that are compared: nobody misspells a longer
// one.
const longestGuess = 100

// Suggest is the known word nearest to word, or nothing when none is near
// enough to be what was meant. Of equally near ones the first in known wins.
func Suggest(word string, known []string) string {
	w := []rune(strings.ToLower(word))
	if len(w) > longestGuess {
		return ""
	}
	// A third of the word may be wrong, and never all of it.
	best, limit := "", min((len(w)+2)/3, len(w)-1)
	for _, k := range known {
		if k == word {
			continue
		}
		r := []rune(strings.ToLower(k))
		if d := len(r) - len(w); d > limit || -d > limit {
			continue
		}
		if d := distance(w, r); d < limit || (d == limit && best == "") {
			best, limit = k, d
		}
	}
	if best == "" {
		return kindred(string(w), known)
	}
	return best
}

// kindred is the first of the known names that holds all words of a name of
// several: max_trials is what is left of max_total_trials.
func kindred(name string, known []string) string {
	words := strings.Split(name, "_")
	if len(words) < 2 {
		return ""
	}
	for _, k := range known {
		if holds(strings.Split(strings.ToLower(k), "_"), words) {
			return k
		}
	}
	return ""
}

// holds: each of the wanted words, or its beginning, is among those of a name.
func holds(name, wanted []string) bool {
	for _, w := range wanted {
		alike := func(n string) bool {
			return len(w) > 2 && len(n) > 2 && (strings.HasPrefix(n, w) || strings.HasPrefix(w, n))
		}
		if !slices.ContainsFunc(name, alike) {
			return false
		}
	}
	return true
}

// Slip is what [Suggest] finds when word is so near to it that nothing else can
// have been meant: one slip of the finger, or two in a long word.
func Slip(word string, known []string) string {
	near := Suggest(word, known)
	if near == "" {
		return ""
	}
	most := 1
	if len(word) >= 8 {
		most = 2
	}
	if distance([]rune(strings.ToLower(word)), []rune(strings.ToLower(near))) > most {
		return ""
	}
	return near
}

// DidYouMean is the hint `did you mean "x"?`, or nothing; see [Suggest].
func DidYouMean(word string, known []string) string {
	if s := Suggest(word, known); s != "" {
		return fmt.Sprintf("did you mean %q?", s)
	}
	return ""
}

// distance counts the characters to insert, remove, replace, or swap with
// their neighbour, to make b of a (Damerau and Levenshtein, without overlaps).
func distance(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
