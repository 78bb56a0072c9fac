package output

import (
	"strings"

	"github.com/ischia-ml/ischia/internal/output/jmespath"
)

// injectResourceGroup adds "resourceGroup" to every object, at any depth, whose
// id is that of an ARM resource and that has no such key yet. az does this to
// every result before --query sees it, and scripts query it.
func injectResourceGroup(value any) {
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			injectResourceGroup(item)
		}
	case *jmespath.Object:
		if group, ok := resourceGroup(value); ok {
			value.Set("resourceGroup", group)
		}
		for _, key := range value.Keys() {
			item, _ := value.Get(key)
			injectResourceGroup(item)
		}
	}
}

// resourceGroup reads the group from an id such as
// /subscriptions/S/resourceGroups/G/providers/P/TYPE/NAME, whatever stands
// before the first slash: a group's own id is too short and gets none.
func resourceGroup(o *jmespath.Object) (string, bool) {
	for _, key := range o.Keys() {
		if strings.EqualFold(key, "resourceGroup") {
			return "", false
		}
	}
	v, _ := o.Get("id")
	id, _ := v.(string)
	parts := strings.Split(id, "/")
	if len(parts) < 9 || !strings.EqualFold(parts[3], "resourceGroups") {
		return "", false
	}
	return parts[4], true
}
