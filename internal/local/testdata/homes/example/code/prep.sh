#!/bin/sh
wc -l < "$1/rows.csv" | tr -d " " > "$2/rows.txt"
echo "ratio $3"
echo kept > outputs/note.txt
