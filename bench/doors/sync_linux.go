package main

import "syscall"

// flush has the disks write what was written before.
func flush() { syscall.Sync() }
