// Package iam parses, validates and evaluates IAM policies as AWS does, by the rules of the IAM user guide ("IAM JSON
// policy element reference", "Policy evaluation logic") and the service authorization reference. It knows no store, no
// clock and no network: what a rule needs to know about a call comes in a Request.
package iam
