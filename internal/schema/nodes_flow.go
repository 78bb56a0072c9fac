package schema

// Control flow: jobs of a pipeline that run nothing themselves, and say which
// of the other jobs run, and how often.
// Sources: azure-ai-ml: _schema/pipeline/condition_node.py and
// control_flow_job.py.

// flowHead are the fields with which control flow begins.
func flowHead(kind string) []Field {
	return append(nodeHead(kind)[:6], field("comment", text(), "A note that the studio shows."))
}

func ifElseNode() *Object {
	block := text().full("").or(list(text()).full("")).says("a binding such as ${{parent.jobs.JOB}}, or a list of them")
	return &Object{
		Noun: "a job of type if_else", Subject: "job %s", Unknown: Drop,
		Fields: validated(flowHead("if_else"), []Field{
			field("condition", text().full("").or(boolean()).says("a binding, true or false"),
				"What decides: an output of another job, `${{parent.jobs.JOB.outputs.NAME}}`.").required(),
			field("true_block", block, "The jobs that run when it is true: `${{parent.jobs.JOB}}`."),
			field("false_block", block, "The jobs that run when it is false."),
			preview("true_branch", "true_block"), preview("false_branch", "false_block"),
		}, nodeOptions()),
		Rules: []Rule{atLeastOne("true_block", "false_block")},
	}
}

func doWhileNode() *Object {
	return &Object{
		Noun: "a job of type do_while", Subject: "job %s", Unknown: Drop,
		Fields: validated(flowHead("do_while"), []Field{
			field("body", text().full(""), "The job that runs again and again: `${{parent.jobs.JOB}}`.").required(),
			field("condition", text().full("").or(boolean()).says("a binding, the name of an output, true or false"),
				"Whether it runs once more: an output of the body."),
			field("mapping", mapOf(text().full("").or(list(text()))), "Outputs of the body by name, each with the inputs that it becomes in the next round.").required(),
			field("limits", obj("DoWhileLimits", func() *Object {
				return &Object{Noun: "limits", Subject: "limits", Fields: validated([]Field{
					field("max_iteration_count", integer().between(1, 1000), "How often it runs at most.").required(),
				})}
			}), "When it ends although the condition holds.").required(),
		}, nodeOptions()),
	}
}

func parallelForNode() *Object {
	of := mapOf(inputValue())
	return &Object{
		Noun: "a job of type parallel_for", Subject: "job %s", Unknown: Drop,
		Fields: validated(flowHead("parallel_for"), []Field{
			field("body", text().full(""), "The job that runs once for each item: `${{parent.jobs.JOB}}`.").required(),
			field("items", text().full("there is nothing to run over").or(list(of).full("there is nothing to run over"), mapOf(of).full("there is nothing to run over")).
				says("a list of mappings, a mapping of them, JSON text, or a binding"),
				"What it runs over: a list of mappings from inputs of the body to values; or the same as JSON text; or a binding.").required(),
			field("max_concurrency", integer().atLeast(1), "How many run at once."),
			field("outputs", nodeOutputs(), "Where the outputs go, each a collection of those of the body."),
		}, nodeOptions()),
	}
}
