// Package config reads default_ischia_config.json: which Azure resources a
// driver works with, and where the secret of its service principal lies.
//
// It signs nobody in and reads no secret; package azure does. It knows no
// flags either: a driver registers one for each of [Keys] and hands the value
// to [Config.Set].
//
// The one invariant: no secret stands in the file, so a key or a value that
// looks like one is refused, and no value of the file is repeated in a
// diagnostic.
//
// Next: package expr.
package config
