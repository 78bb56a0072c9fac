package armapi

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"
	"github.com/google/uuid"

	"github.com/ischia-ml/ischia/internal/workspace"
)

// uploadTime is how long a client may upload to the place it was given.
const uploadTime = 24 * time.Hour

// startPendingUpload gives a client a container of its own, for the content of
// a version that it is going to put. The same id gives the same container.
func startPendingUpload(c *call) error {
	var body armmachinelearning.PendingUploadRequestDto
	if _, err := c.decode(&body); err != nil {
		return err
	}
	const temporary = armmachinelearning.PendingUploadTypeTemporaryBlobReference
	if t := body.PendingUploadType; t != nil && *t != temporary && *t != armmachinelearning.PendingUploadTypeNone {
		return badRequest("UserError", "pendingUploadType: %.60q is not %s", *t, temporary)
	}
	id := uuid.NewString()
	if body.PendingUploadID != nil && *body.PendingUploadID != "" {
		id = *body.PendingUploadID
	}
	container := "upload-" + uuid.NewSHA1(uuid.NameSpaceURL, []byte(c.home()+"\n"+c.r.URL.Path+"\n"+id)).String()
	if err := c.makeContainer(container); err != nil {
		return err
	}
	reference, err := c.blobReference(container, "rcwl")
	if err != nil {
		return err
	}
	return c.reply(http.StatusOK, map[string]any{
		"pendingUploadId": id, "pendingUploadType": temporary, "blobReferenceForConsumption": reference,
	})
}

// makeContainer makes a container of the account, unless it is there.
func (c *call) makeContainer(name string) error {
	_, err := c.Ledger.Storage().ChangeContainer(c.ctx(), c.scope, name, func(old *workspace.Container) (*workspace.Container, error) {
		if old != nil {
			return old, nil
		}
		now := c.Now().UTC()
		return &workspace.Container{
			Scope: c.scope, Name: name, Datastore: workspace.ContainerDatastore(name), Created: now, Modified: now,
		}, nil
	})
	if err != nil {
		return fmt.Errorf("make container %s: %w", name, err)
	}
	return nil
}

// blobReference is how a client gets at a container, in ARM's words.
func (c *call) blobReference(container, permissions string) (map[string]any, error) {
	query, err := c.Storage.SAS(c.ctx(), c.scope, container, "", permissions, c.Now().Add(uploadTime))
	if err != nil {
		return nil, fmt.Errorf("sign a link to container %s: %w", container, err)
	}
	address := c.Storage.URL(c.r, c.scope) + "/" + container
	return map[string]any{
		"blobUri": address,
		"storageAccountArmId": "/subscriptions/" + c.vars["subscriptionId"] + "/resourceGroups/" + c.vars["resourceGroupName"] +
			"/providers/Microsoft.Storage/storageAccounts/" + c.Storage.Account(c.scope),
		"credential": map[string]string{"credentialType": "SAS", "sasUri": address + "?" + strings.TrimPrefix(query, "?")},
	}, nil
}
