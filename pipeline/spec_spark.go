package pipeline

import "github.com/ischia-ml/ischia/diag"

// Spark is a script for Apache Spark. Its code and environment are those of
// the component. A step that uses a component says only what differs.
//
// Source: https://learn.microsoft.com/azure/machine-learning/reference-yaml-job-spark
type Spark struct {
	Entry    *SparkEntry `az:"entry"`
	Args     Text        `az:"args"`
	Conf     *SparkConf  `az:"conf"`
	PyFiles  []LocalPath `az:"py_files"`
	Jars     []LocalPath `az:"jars"`
	Files    []LocalPath `az:"files"`
	Archives []LocalPath `az:"archives"`
	// Resources are what the service runs it on, instead of an attached pool.
	Resources *SparkResources `az:"resources"`
}

func (*Spark) stepType() StepType { return SparkStep }

// SparkEntry is the script that is run.
type SparkEntry struct {
	// Ref is a reference that stands for the whole.
	Ref       Text       `az:",scalar"`
	File      Text       `az:"file"`
	ClassName Text       `az:"class_name"`
	Range     diag.Range `az:",place"`
}

// SparkConf are settings of Spark.
type SparkConf struct {
	Settings []SparkSetting `az:",whole"`
	Range    diag.Range     `az:",place"`
}

// SparkSetting is one of them.
type SparkSetting struct {
	Name  Text    `az:",key"`
	Value Literal `az:",value"`
}

// SparkResources are nodes that the service makes for a job.
type SparkResources struct {
	InstanceType   Text       `az:"instance_type"`
	RuntimeVersion Literal    `az:"runtime_version"`
	Range          diag.Range `az:",place"`
}
