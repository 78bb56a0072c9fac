package diag

// definitionDescriptions are those of the codes of definitions.
func definitionDescriptions() []description {
	return append(shapeDescriptions(), meaningDescriptions()...)
}

// shapeDescriptions are about what can be written where.
func shapeDescriptions() []description {
	return []description{
		{CodeUnknownField, "A key is not known here", "Check the spelling and the indentation of the key; Azure ML refuses or ignores keys that it does not know."},
		{CodeMissingField, "A required key is missing", "Add the key that the message names."},
		{CodeWrongShape, "A value has the wrong shape", "Write a mapping, list or single value, as the message says."},
		{CodeBadValue, "A value is not allowed", "Use one of the values that the message names."},
		{CodeUnsupportedKind, "A kind of definition or job does not run here", "Azure ML knows it, and here it is checked only. Run it on Azure ML, or use a command in its place."},
		{CodeUnknownKind, "The kind of definition is not known", "Give the file a type or $schema that is known, or name its kind on the command line."},
		{CodeKindDisagrees, "What says the kind of the file disagrees", "Let type, $schema and the kind that was asked for name the same kind."},
		{CodeBadName, "A name is not allowed", "Use the characters that the message names, and no more of them."},
		{CodeDuplicateName, "A name is given twice", "Rename one of the two."},
		{CodePreviewSyntax, "The syntax is a preview or an old form", "Write the current form, which the message names."},
		{CodeDeprecatedField, "A field has an old name", "Write the name that the message gives; the old one may stop working."},
		{CodeEnvironment, "An environment is not defined correctly", "Refer to an environment as azureml:NAME:VERSION, or define it with an image or a build context, and one of them only."},
		{CodeBadReference, "A reference is not well-formed", "Write the reference in the form that the message names."},
		{CodeMissingFile, "A file or folder of the definition is missing", "Paths are relative to the file in which they stand. Correct the path, or add the file."},
		{CodeMissingData, "Local data is missing", "Put the data there before the pipeline runs; a run refuses to start without it."},
	}
}

// meaningDescriptions are about how the parts of a definition fit together.
func meaningDescriptions() []description {
	return []description{
		{CodeBadExpression, "An expression is not well-formed", "Write expressions as ${{inputs.NAME}} or ${{parent.jobs.JOB.outputs.NAME}}."},
		{CodeWrongScope, "An expression cannot stand here", "Within a pipeline's bindings references start with parent; within a command they do not."},
		{CodeUnknownInput, "An input is not declared", "Declare the input, or correct its name."},
		{CodeUnknownOutput, "An output is not declared", "Declare the output, or correct its name."},
		{CodeUnknownJob, "A step is referred to that does not exist", "Correct the name of the step, or add it."},
		{CodeMissingInput, "A required input has no value", "Give the input a value or binding, a default, or make it optional."},
		{CodeTypeMismatch, "A value does not fit the type of its input", "Give a value of the declared type, or bind something of that type."},
		{CodeOutOfRange, "A number is out of range", "Choose a number within the bounds that are declared."},
		{CodeNotInEnum, "A value is not one of those listed", "Choose one of the values of the enum."},
		{CodeCycle, "Steps depend on each other in a circle", "Remove one of the bindings that make the circle."},
		{CodeOutputBoundTwice, "An output of the pipeline is written by two steps", "Bind the output to one step only."},
		{CodeUnboundOutput, "An output of the pipeline is written by no step", "Bind an output of a step to it, or remove it."},
		{CodeUnusedInput, "An input of the pipeline is used by no step", "Bind an input of a step to it, or remove it."},
		{CodeTwoVersions, "One component is used in two versions", "Use one file of the component, or give the other one a name of its own."},
		{CodeOptionalUngrouped, "An optional input is used outside $[[ ]]", "Write $[[--name ${{inputs.name}}]], so that the argument goes when the input has no value."},
		{CodeRecursive, "A component contains itself", "Remove the reference that leads back to the component."},
		{CodeTypeDisagrees, "The type of a step and that of its component differ", "Let the step have the type of the component that it refers to."},
		{CodeUnknownAsset, "A registered asset does not exist", "Correct the name and version, register the asset in the workspace, or give a file instead."},
	}
}
