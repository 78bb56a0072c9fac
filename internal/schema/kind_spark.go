package schema

import (
	"slices"
	"strings"

	"github.com/ischia-ml/ischia/internal/yamlnode"
)

func sparkJobKind() *Kind {
	return &Kind{
		Name: "sparkJob", Noun: "a spark job",
		Doc:    "A spark job runs a script on Apache Spark: on a pool that is attached to the workspace, or on one that the service makes for it.",
		Source: "azure-ai-ml: _schema/job/spark_job.py",
		Body: &Object{
			Name: "SparkJob", Noun: "a spark job", Subject: "the spark job",
			Fields: validated(jobHead("spark"), sparkFields(), []Field{
				field("environment", environmentShape().nullable(), "The packages that it needs: a conda file; images are not used."),
			}, jobPorts(), sparkPlace("SparkResources", sparkResources), jobOptions(), jobReadOnly()),
			Rules: []Rule{oneOf("compute", "resources").hint("name an attached pool with compute, or give resources with instance_type")},
		},
	}
}

func sparkComponentKind() *Kind {
	return &Kind{
		Name: "sparkComponent", Noun: "a spark component",
		Doc:    "A spark component is a script for Apache Spark with declared inputs and outputs, for use in pipelines.",
		Source: "azure-ai-ml: _schema/component/spark_component.py",
		Body:   sparkComponent(),
	}
}

func sparkComponent() *Object {
	return &Object{
		Name: "SparkComponent", Noun: "a spark component", Subject: "the spark component", Unknown: Drop,
		Fields: validated(componentHead("spark"), componentPorts(), sparkFields(), []Field{
			field("environment", environmentShape().nullable(), "The packages that it needs: a conda file; images are not used."),
		}, componentTail()),
	}
}

// sparkNodes tells a job that uses a component from one in place.
func sparkNodes() *Union {
	return &Union{Cases: []Case{
		caseOf("component", "SparkNode", sparkNode).has("component"),
		caseOf("inline", "InlineSparkNode", inlineSparkNode).otherwise(),
	}}
}

// sparkNode uses a component, and may say some things over it.
// Source: azure-ai-ml: _schema/pipeline/component_job.py, SparkSchema.
func sparkNode() *Object {
	return &Object{
		Noun: "a job of type spark", Subject: "job %s", Unknown: Drop,
		Fields: validated(nodeHead("spark"), nodePorts(), optional(sparkFields()), []Field{
			field("environment", environmentShape().nullable().bindable(), "The packages that it needs, instead of the component's own."),
		}, sparkPlace("SparkNodeResources", sparkNodeResources), nodeOptions()),
		Rules: []Rule{oneOf("compute", "resources").hint("name an attached pool with compute, or give resources with instance_type")},
	}
}

// inlineSparkNode is written in place.
// Source: azure-ai-ml: _schema/pipeline/pipeline_spark_job.py.
func inlineSparkNode() *Object {
	return &Object{
		Noun: "a job of type spark", Subject: "job %s",
		Fields: validated(nodeHead("spark")[:6], sparkFields(), nodePorts(), []Field{
			field("environment", environmentShape().nullable().bindable(), "The packages that it needs: a conda file; images are not used."),
			field("experiment_name", text(), "The pipeline's own counts.").here(Ignored),
		}, sparkPlace("SparkResources", sparkResources), nodeOptions()),
		Rules: []Rule{oneOf("compute", "resources").hint("name an attached pool with compute, or give resources with instance_type")},
	}
}

// sparkPlace is where a spark job runs.
func sparkPlace(name string, resources func() *Object) []Field {
	return []Field{
		field("compute", computeShape(), "The attached pool that it runs on."),
		field("resources", obj(name, resources), "What the service runs it on, instead of a pool."),
	}
}

// sparkFields are what every spark job consists of.
// Source: azure-ai-ml: _schema/job/parameterized_spark.py.
func sparkFields() []Field {
	paths := func(name, doc string) Field { return field(name, list(text()), doc) }
	return []Field{
		field("code", codeShape(), "The folder of the script: a path relative to this file."),
		field("entry", obj("SparkEntry", sparkEntry).bindable(), "The script that is run.").required(),
		field("args", text(), "What the script is given: `${{inputs.NAME}}` stands for an input."),
		field("conf", obj("SparkConf", sparkConf), "Settings of Spark."),
		paths("py_files", "Packages of Python that the script imports: .zip, .egg or .py."),
		paths("jars", "Packages of Java that it needs."),
		paths("files", "Files that are put beside every executor."),
		paths("archives", "Archives that are unpacked beside every executor."),
	}
}

func sparkEntry() *Object {
	return &Object{Noun: "entry", Subject: "entry", Fields: validated([]Field{
		field("file", text().full(""), "The script, within the folder of code."),
		field("class_name", text(), "A class of Java; Azure ML does not run one.").here(Refused),
		readOnly("spark_job_entry_type", "Which of the two it is."),
	}), Rules: []Rule{atLeastOne("file", "class_name").hint("add file"), test("The entry is a file: classes are not supported.", classEntry)}}
}

// classEntry reports an entry that is a class.
func classEntry(n *yamlnode.Node) []Fault {
	if n.Get("class_name") == nil {
		return nil
	}
	return []Fault{{Key: "class_name", AtKey: true, Message: "entry is a class, and Azure ML runs files only", Hint: "write file, with the path of a script"}}
}

// sparkConf has the settings that are asked for, dotted or by short name, and
// any other.
func sparkConf() *Object {
	cores := func(name, doc string) Field { return field(name, integer().atLeast(1).bindable(), doc) }
	size := func(name, doc string) Field {
		return field(name, text().or(integer()).bindable().format("spark-memory"), doc)
	}
	dynamic := "Whether the number of executors changes with the work."
	rest := anything()
	return &Object{Noun: "conf", Unknown: Ignore, Rest: &rest, Fields: validated([]Field{
		cores("spark.driver.cores", "The processors of the driver."), size("spark.driver.memory", "The memory of the driver: `2g`."),
		cores("spark.executor.cores", "The processors of each executor."), size("spark.executor.memory", "The memory of each executor: `2g`."),
		cores("spark.executor.instances", "How many executors there are."),
		field("spark.dynamicAllocation.enabled", boolean().bindable(), dynamic),
		cores("spark.dynamicAllocation.minExecutors", "The least number of executors."),
		cores("spark.dynamicAllocation.maxExecutors", "The greatest number of executors."),
		cores("driver_cores", "spark.driver.cores"), size("driver_memory", "spark.driver.memory"),
		cores("executor_cores", "spark.executor.cores"), size("executor_memory", "spark.executor.memory"),
		cores("executor_instances", "spark.executor.instances"),
		field("dynamic_allocation_enabled", boolean().bindable(), dynamic),
		cores("dynamic_allocation_min_executors", "spark.dynamicAllocation.minExecutors"),
		cores("dynamic_allocation_max_executors", "spark.dynamicAllocation.maxExecutors"),
	})}
}

// sparkResources are what the service runs a job on.
// Source: azure-ai-ml: _schema/spark_resource_configuration.py.
func sparkResources() *Object {
	return &Object{Noun: "resources", Subject: "resources", Fields: validated([]Field{
		field("instance_type", sparkInstance(), "The size of the nodes.").required(),
		field("runtime_version", text().or(number()).bindable().format("spark-runtime"), "The version of Spark: `\"3.4\"`."),
	})}
}

// sparkNodeResources are those of a job that uses a component.
func sparkNodeResources() *Object {
	o := sparkResources()
	o.Fields[1].Required = true
	return o
}

func sparkInstance() Shape {
	return enum("standard_e4s_v3", "standard_e8s_v3", "standard_e16s_v3", "standard_e32s_v3", "standard_e64s_v3").fold().
		of("an instance type of Spark", "instance types").bindable()
}

// isSparkRuntime: numbers with dots.
func isSparkRuntime(s string) bool {
	for part := range strings.SplitSeq(s, ".") {
		if part == "" || strings.Trim(part, "0123456789") != "" {
			return false
		}
	}
	return true
}

// isSparkMemory: a whole number with a unit.
func isSparkMemory(s string) bool {
	digits := strings.TrimRight(strings.ToLower(s), "bkmgtp")
	unit := strings.ToLower(s[len(digits):])
	return digits != "" && strings.Trim(digits, "0123456789") == "" &&
		slices.Contains([]string{"", "b", "k", "kb", "m", "mb", "g", "gb", "t", "tb", "p", "pb"}, unit)
}
