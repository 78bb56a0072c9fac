package process

func gatedShell(s shell) shell { return s }

func guardianPID(*Guardian) int { return 0 }
