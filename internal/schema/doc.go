// Package schema says what may be written in each kind of definition.
//
// There is one declarative description per kind. From it come the faults of
// shape that load reports ([Kind.Check]), the JSON Schema for editors
// ([JSONSchema]), the reference pages ([Page]), the coverage table, and what
// an editor completes and explains ([Kind.At]). What a definition means is no
// matter of this package: that is Validate's, in package pipeline.
//
// # How to add a kind
//
//  1. Write kind_<name>.go with a function that returns a Kind: its name is the
//     base name of Azure's schema, its Noun what messages call it ("a data
//     asset"), its Body an [Object]. kind_data.go is the smallest example.
//  2. Add the function to the table in kinds.go. A job of a pipeline is one of
//     the cases of nodes, in nodes.go: replace the case's function.
//  3. Describe fields in the order people write them, with the constructors of
//     build.go: field("type", enum("uri_file", "mltable"), "What it is.").required().
//     A value that is a mapping is obj("Name", function): the function is called
//     when a definition first needs it, so kinds may contain each other. The
//     name must be unique among all kinds; equal names mean the same object.
//  4. One of several mappings, told apart by a key, is a union: exactly one
//     alternative is chosen, and only its faults are reported. One of several
//     YAML forms is shape.or(other): the form decides.
//  5. Say what holds between fields with rules (oneOf, excludes, requires, when).
//     Only what no rule can say is a function: test.
//  6. Say where it comes from in Source, and cite the rule that surprises.
//  7. Add wrong and right documents to the table of the kind's test. Both the
//     checker and the JSON Schema have to agree with it.
//
// The invariant: a document gets one diagnostic for each fault, and none that
// follows from another.
//
// Next: package pipeline.
package schema
