// Command k6 is the load tester, as its own module builds it.
package main

import "go.k6.io/k6/cmd"

func main() { cmd.Execute() }
