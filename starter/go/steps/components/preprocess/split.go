package preprocess

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// splitColumn holds a row's place in the split: a number between 0 and 1.
// train takes the rows below train_test_ratio to train on and the others to
// test on, so a new ratio needs no new preprocessing.
const splitColumn = "split_at"

// splitSeed changes the shuffle; any text will do.
const splitSeed = "1"

// placeInSplit puts a place in front of every row and keeps the rows' order.
// Places are given class by class, so that every class is split at the same
// ratio (the split is stratified).
func placeInSplit(rows [][]string) [][]string {
	classes := map[string][]shuffled{}
	for i, row := range rows {
		class := row[0]
		classes[class] = append(classes[class], shuffled{row: i, key: shuffleKey(row)})
	}
	placed := make([][]string, len(rows))
	for _, members := range classes {
		slices.SortFunc(members, func(a, b shuffled) int {
			return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.row, b.row))
		})
		for rank, member := range members {
			place := (float64(rank) + 0.5) / float64(len(members))
			text := strconv.FormatFloat(place, 'f', 6, 64)
			placed[member.row] = append([]string{text}, rows[member.row]...)
		}
	}
	return placed
}

// shuffled is a row with the key that decides its rank.
type shuffled struct {
	row int
	key string
}

// shuffleKey orders rows by a digest of what they say rather than by a random
// number: one more row in the file then leaves the others in their order, and
// the starter in Python makes the very same split.
func shuffleKey(row []string) string {
	sum := sha256.Sum256([]byte(splitSeed + ":" + strings.Join(row, ",")))
	return hex.EncodeToString(sum[:])
}
