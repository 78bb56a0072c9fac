package schema

// EnvironmentInPlace describes an environment that a job defines for itself, in
// place or in a file of its own.
func EnvironmentInPlace() *Kind {
	body := inlineEnvironment()
	body.Name = "InlineEnvironment"
	return open(&Kind{
		Name: "environment", Noun: "an environment", Source: "azure-ai-ml: _schema/assets/environment.py",
		Doc: "An environment that belongs to one job.", Body: body,
	})
}
