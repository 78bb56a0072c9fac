package cli

// For the tests of flags that are cut short, and of jobs as az prints them.
var (
	ExpandFlags = expandFlags
	FlagError   = flagError
	JobObject   = jobObject
	StatusOf    = statusOf
	TailOffset  = tailOffset
)

// ThreeState marks a flag that is a switch or takes true or false.
const ThreeState = threeState
