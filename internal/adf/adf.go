package adf

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Names of what a factory must have besides the pipeline: a linked service of
// type AzureMLService, and a dataset of type DelimitedText with the parameters
// container, folder and file, first row as header.
const (
	LinkedService = "AzureMLService"
	Dataset       = "AmlMarker"
)

// Published is what a Data Factory pipeline is to call.
type Published struct {
	// Name is WORKSPACE-ENV: the experiment, the published pipeline and the
	// marker are called so.
	Name string
	// ScoringURI is the batch endpoint's; Deployment is the one to call, empty
	// for the default one.
	ScoringURI, Deployment string
	// Container, Folder and File are where the marker lies. With an empty File
	// there is none, and GUID is called.
	Container, Folder, File string
	GUID                    string
	Parameters              []Parameter
	// Batch makes the Web activities the active ones, and the Execute Pipeline
	// activity the inactive one; otherwise it is the other way round. A
	// published pipeline of SDK v1 does not exist on Azure any more.
	Batch bool
}

// Parameter is an input of the published pipeline.
type Parameter struct {
	Name string
	// Type is Azure ML's: string, number, integer, boolean, uri_folder, ...
	Type string
	// Default is the text of its value; data's is an address.
	Default string
}

// IsData reports whether the parameter's value is an address of data.
func (p Parameter) IsData() bool {
	switch p.Type {
	case "string", "number", "integer", "boolean", "":
		return false
	}
	return true
}

type object = map[string]any

// Pipeline is the JSON of a Data Factory pipeline, indented, as a factory that
// is connected to a repository keeps it: {"name", "properties"}.
//
// Source: Data Factory's pipeline JSON; activities Lookup,
// AzureMLExecutePipeline, WebActivity, Until, Fail; activity states.
func Pipeline(p Published) ([]byte, error) {
	all := object{"name": p.Name, "properties": object{
		"description": "Runs the published Azure ML pipeline " + p.Name + ". One of the two ways is active: Execute Pipeline (published pipeline), or Web activities (batch endpoint).",
		"activities":  append(p.execute(), p.invoke()...),
		"parameters":  p.parameters(),
		"variables":   object{"status": object{"type": "String", "defaultValue": "NotStarted"}},
		"annotations": []string{},
	}}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(all); err != nil {
		return nil, fmt.Errorf("write the pipeline for Data Factory: %w", err)
	}
	return b.Bytes(), nil
}

// parameters are those of the Data Factory pipeline: each of the published
// one's, with its default.
func (p Published) parameters() object {
	all := object{"scoring_uri": object{"type": "string", "defaultValue": p.ScoringURI}}
	for _, in := range p.Parameters {
		all[in.Name] = object{"type": "string", "defaultValue": in.Default}
	}
	return all
}

// given is an expression for the value of a parameter.
func given(name string) object { return expression("@pipeline().parameters." + name) }

func expression(text string) object { return object{"value": text, "type": "Expression"} }

// execute looks the GUID up and runs the published pipeline.
func (p Published) execute() []any {
	id := any(p.GUID)
	var before []object
	var list []any
	if p.File != "" {
		id = expression("@activity('LookupPublishedPipeline').output.firstRow.id")
		before = after("LookupPublishedPipeline", "Succeeded")
		list = append(list, p.lookup())
	}
	values := object{}
	for _, in := range p.Parameters {
		if !in.IsData() {
			values[in.Name] = given(in.Name)
		}
	}
	return append(list, activity("ExecutePublishedPipeline", "AzureMLExecutePipeline", before, !p.Batch, object{
		"linkedServiceName": object{"referenceName": LinkedService, "type": "LinkedServiceReference"},
		"typeProperties": object{
			"mlPipelineId": id, "experimentName": p.Name, "mlPipelineParameters": values, "continueOnStepFailure": false,
		},
	}))
}

// lookup reads the marker's only row.
func (p Published) lookup() object {
	return activity("LookupPublishedPipeline", "Lookup", nil, !p.Batch, object{"typeProperties": object{
		"source": object{
			"type":           "DelimitedTextSource",
			"storeSettings":  object{"type": "AzureBlobStorageReadSettings", "recursive": false},
			"formatSettings": object{"type": "DelimitedTextReadSettings"},
		},
		"dataset": object{
			"referenceName": Dataset, "type": "DatasetReference",
			"parameters": object{"container": p.Container, "folder": p.Folder, "file": p.File},
		},
		"firstRowOnly": true,
	}})
}

// invoke calls the batch endpoint, waits for the job, and fails if it did.
func (p Published) invoke() []any {
	headers := object{"Content-Type": "application/json"}
	if p.Deployment != "" {
		headers["azureml-model-deployment"] = p.Deployment
	}
	const job = "@concat(pipeline().parameters.scoring_uri, '/', activity('InvokeBatchEndpoint').output.name)"
	check := activity("CheckJob", "WebActivity", nil, true, web("GET", expression(job), object{}, nil))
	keep := activity("KeepStatus", "SetVariable", after("CheckJob", "Succeeded"), true, object{"typeProperties": object{
		"variableName": "status", "value": expression("@activity('CheckJob').output.properties.status"),
	}})
	wait := activity("Wait", "Wait", after("KeepStatus", "Succeeded"), true, object{"typeProperties": object{"waitTimeInSeconds": 15}})
	return []any{
		activity("InvokeBatchEndpoint", "WebActivity", nil, p.Batch, web("POST", given("scoring_uri"), headers, expression(p.body()))),
		activity("WaitForJob", "Until", after("InvokeBatchEndpoint", "Succeeded"), p.Batch, object{"typeProperties": object{
			"expression": expression("@contains(createArray('Completed', 'Failed', 'Canceled'), variables('status'))"),
			"timeout":    "1.00:00:00",
			"activities": []any{check, keep, wait},
		}}),
		activity("FailIfNotCompleted", "IfCondition", after("WaitForJob", "Succeeded"), p.Batch, object{"typeProperties": object{
			"expression": expression("@not(equals(variables('status'), 'Completed'))"),
			"ifTrueActivities": []any{activity("Fail", "Fail", nil, true, object{"typeProperties": object{
				"message":   expression("@concat('job ', activity('InvokeBatchEndpoint').output.name, ' is ', variables('status'))"),
				"errorCode": "AmlJobNotCompleted",
			}})},
		}}),
	}
}

// body is the expression for the body of an invocation: texts of the job's
// inputs, with each parameter put where it belongs.
func (p Published) body() string {
	var inputs []string
	for _, in := range p.Parameters {
		member, kind := "value", "literal"
		if in.IsData() {
			member, kind = "uri", in.Type
		}
		inputs = append(inputs, fmt.Sprintf(`"%s":{"jobInputType":"%s","%s":"@{pipeline().parameters.%s}"}`, in.Name, kind, member, in.Name))
	}
	return `{"properties":{"inputData":{` + strings.Join(inputs, ",") + `}}}`
}

// web is a call with the factory's own identity.
func web(method string, url any, headers object, body any) object {
	properties := object{
		"method": method, "url": url, "headers": headers,
		"authentication": object{"type": "MSI", "resource": "https://ml.azure.com"},
	}
	if body != nil {
		properties["body"] = body
	}
	return object{"typeProperties": properties}
}

func after(name, condition string) []object {
	return []object{{"activity": name, "dependencyConditions": []string{condition}}}
}

// activity puts the common members around an activity's own. One that is not
// active is skipped, and what depends on it goes on.
func activity(name, kind string, dependsOn []object, active bool, own object) object {
	a := object{"name": name, "type": kind, "dependsOn": append([]object{}, dependsOn...), "userProperties": []string{}}
	for k, v := range own {
		a[k] = v
	}
	if !active {
		a["state"], a["onInactiveMarkAs"] = "Inactive", "Succeeded"
	}
	return a
}
