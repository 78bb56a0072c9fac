package pipelinesapi

import (
	"slices"
	"strings"
)

func lower(word string) string { return strings.ToLower(word) }

func isWord(word string, words ...string) bool { return slices.Contains(words, lower(word)) }

// filterWords are the words of a filter. Parentheses around single comparisons
// say nothing; quotes go.
func filterWords(text string) ([]string, error) {
	text = strings.NewReplacer("(", " ", ")", " ").Replace(text)
	var words []string
	for _, word := range strings.Fields(text) {
		if quote := word[0]; quote == '\'' || quote == '"' {
			if len(word) < 2 || word[len(word)-1] != quote {
				return nil, errFilter
			}
			word = word[1 : len(word)-1]
		}
		words = append(words, word)
	}
	if len(words) == 0 {
		return nil, errFilter
	}
	return words, nil
}
