import sys

import lib.words

print(lib.words.WORDS, sys.argv[1:])
