package golden

// Compare is [Check] with the switch handed in, so that the tests do not
// depend on how they themselves were started.
var Compare = compare
