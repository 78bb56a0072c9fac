echo "said $1"
echo "$1" > "$2/word.txt"
