package asset

import (
	"github.com/ischia-ml/ischia/diag"
	"github.com/ischia-ml/ischia/pipeline"
)

// Compute is where jobs run.
//
// Sources: https://learn.microsoft.com/azure/machine-learning/reference-yaml-compute-aml
// and its neighbours for instances, virtual machines and Kubernetes;
// azure-ai-ml: _schema/compute.
type Compute struct {
	Head
	// Type is amlcompute, computeinstance, virtualmachine, kubernetes or
	// synapsespark.
	Type     pipeline.Text `az:"type"`
	Location pipeline.Text `az:"location"`
	// ResourceID is the ARM id of what is attached.
	ResourceID pipeline.Text `az:"resource_id"`
	// Size is that of a virtual machine: Standard_DS3_v2.
	Size pipeline.Text `az:"size"`

	// Of clusters. Tier is dedicated or low_priority.
	Tier         pipeline.Text `az:"tier"`
	MinInstances pipeline.Text `az:"min_instances,plain"`
	MaxInstances pipeline.Text `az:"max_instances,plain"`
	// IdleBeforeScaleDown is in seconds.
	IdleBeforeScaleDown pipeline.Text `az:"idle_time_before_scale_down,plain"`

	// Of clusters and instances.
	Network         *Network     `az:"network_settings"`
	SSH             *SSHSettings `az:"ssh_settings"`
	SSHPublicAccess *bool        `az:"ssh_public_access_enabled"`
	NodePublicIP    *bool        `az:"enable_node_public_ip"`
	Identity        *Identity    `az:"identity"`

	// Of instances. IdleBeforeShutdown is a duration, PT30M; the other is in
	// minutes.
	IdleBeforeShutdown        pipeline.Text       `az:"idle_time_before_shutdown"`
	IdleBeforeShutdownMinutes pipeline.Text       `az:"idle_time_before_shutdown_minutes,plain"`
	Schedules                 *ComputeSchedules   `az:"schedules"`
	CreateOnBehalfOf          *OnBehalfOf         `az:"create_on_behalf_of"`
	SetupScripts              *SetupScripts       `az:"setup_scripts"`
	CustomApplications        []CustomApplication `az:"custom_applications"`
	SSO                       *bool               `az:"enable_sso"`
	RootAccess                *bool               `az:"enable_root_access"`
	ReleaseQuotaOnStop        *bool               `az:"release_quota_on_stop"`
	OSPatching                *bool               `az:"enable_os_patching"`

	// Of Kubernetes clusters: the namespace, and extra properties as YAML text.
	Namespace  pipeline.Text `az:"namespace"`
	Properties pipeline.Text `az:"properties,tree"`
}

// Kind is [ComputeKind].
func (c *Compute) Kind() string { return ComputeKind }

// Network is the virtual network of a compute.
type Network struct {
	// VNet is the name of a network of the workspace's resource group.
	VNet pipeline.Text `az:"vnet_name"`
	// Subnet is a name within VNet, or the ARM id of a subnet anywhere.
	Subnet pipeline.Text `az:"subnet"`
	Range  diag.Range    `az:",place"`
}

// SSHSettings say how to log in to a compute.
type SSHSettings struct {
	AdminUsername pipeline.Text `az:"admin_username"`
	AdminPassword pipeline.Text `az:"admin_password"`
	// Key is a public key.
	Key pipeline.Text `az:"ssh_key_value"`
	// Port and PrivateKeyFile are those of attached virtual machines.
	Port           pipeline.Text      `az:"ssh_port,plain"`
	PrivateKeyFile pipeline.LocalPath `az:"ssh_private_key_file,path"`
	Range          diag.Range         `az:",place"`
}

// ComputeSchedules start and stop an instance.
type ComputeSchedules struct {
	StartStop []StartStop `az:"compute_start_stop"`
}

// StartStop is one rule of when to start or stop an instance.
type StartStop struct {
	// Action is start or stop.
	Action pipeline.Text `az:"action"`
	// State is enabled or disabled.
	State   pipeline.Text `az:"state"`
	Trigger *Trigger      `az:"trigger"`
	Range   diag.Range    `az:",place"`
}

// OnBehalfOf is the user that an instance is made for.
type OnBehalfOf struct {
	UserTenantID pipeline.Text `az:"user_tenant_id"`
	UserObjectID pipeline.Text `az:"user_object_id"`
}

// SetupScripts run on an instance.
type SetupScripts struct {
	Creation *ScriptReference `az:"creation_script"`
	Startup  *ScriptReference `az:"startup_script"`
}

// ScriptReference is a script that runs on an instance.
type ScriptReference struct {
	// Path is that of a script in the workspace's file share.
	Path    pipeline.Text `az:"path"`
	Command pipeline.Text `az:"command"`
	// TimeoutMinutes is in minutes.
	TimeoutMinutes pipeline.Text `az:"timeout_minutes,plain"`
	Range          diag.Range    `az:",place"`
}

// CustomApplication is a container that an instance runs.
type CustomApplication struct {
	Name pipeline.Text `az:"name"`
	// Type is docker.
	Type  pipeline.Text     `az:"type"`
	Image *ApplicationImage `az:"image"`
	// Endpoints are ports of the container and of the instance.
	Endpoints            []ApplicationPort  `az:"endpoints"`
	EnvironmentVariables map[string]string  `az:"environment_variables"`
	BindMounts           []ApplicationMount `az:"bind_mounts"`
	Range                diag.Range         `az:",place"`
}

// ApplicationImage is the image of a container.
type ApplicationImage struct {
	Reference pipeline.Text `az:"reference"`
}

// ApplicationPort publishes a port of a container.
type ApplicationPort struct {
	Target    pipeline.Text `az:"target,plain"`
	Published pipeline.Text `az:"published,plain"`
}

// ApplicationMount shows a folder of the instance to a container.
type ApplicationMount struct {
	Source pipeline.Text `az:"source"`
	Target pipeline.Text `az:"target"`
}
