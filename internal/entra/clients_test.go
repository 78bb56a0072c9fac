package entra_test

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/ischia-ml/ischia/internal/entra"
)

// What Azure's own library makes of the directory, unmodified.

func managerScope() policy.TokenRequestOptions {
	return policy.TokenRequestOptions{Scopes: []string{manager + "/.default"}}
}

func (s *site) options() azcore.ClientOptions {
	return azcore.ClientOptions{Transport: s.client, Retry: policy.RetryOptions{MaxRetries: 1, RetryDelay: time.Millisecond}}
}

func TestClientSecretCredential(t *testing.T) {
	t.Parallel()
	s := open(t, config())
	credential, err := azidentity.NewClientSecretCredential(tenant, appID, secret, &azidentity.ClientSecretCredentialOptions{ClientOptions: s.options()})
	if err != nil {
		t.Fatal(err)
	}
	token, err := credential.GetToken(t.Context(), managerScope())
	if err != nil {
		t.Fatal(err)
	}
	claims, err := s.directory.Verify(token.Token, manager)
	if err != nil {
		t.Fatal(err)
	}
	if claims.AppID != appID || claims.ObjectID != "0b0b0b0b-1111-4222-8333-444455556666" || claims.IDType != "app" {
		t.Errorf("claims are %+v", claims)
	}
	if left := time.Until(token.ExpiresOn); left < 58*time.Minute || left > time.Hour {
		t.Errorf("the token is good for %s", left)
	}
}

func TestDeviceCodeCredential(t *testing.T) {
	t.Parallel()
	s := open(t, config())
	var message azidentity.DeviceCodeMessage
	credential, err := azidentity.NewDeviceCodeCredential(&azidentity.DeviceCodeCredentialOptions{
		ClientOptions: s.options(), TenantID: tenant,
		UserPrompt: func(_ context.Context, m azidentity.DeviceCodeMessage) error {
			message = m
			return s.directory.Approve(m.UserCode)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	record, err := credential.Authenticate(t.Context(), &policy.TokenRequestOptions{Scopes: []string{manager + "/.default"}})
	if err != nil {
		t.Fatal(err)
	}
	if record.Username != "ada@example.com" || record.TenantID != tenant || record.ClientID != cliID {
		t.Errorf("signed in as %+v", record)
	}
	if message.VerificationURL != login+"/devicelogin" || message.Message == "" {
		t.Errorf("the message is %+v", message)
	}
	// Another resource is had with the refresh token, without asking anybody.
	token, err := credential.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{"https://vault.azure.net/.default"}})
	if err != nil {
		t.Fatal(err)
	}
	claims, err := s.directory.Verify(token.Token, "https://vault.azure.net")
	if err != nil || claims.UPN != "ada@example.com" || claims.Scopes != "user_impersonation" {
		t.Errorf("claims are %+v: %v", claims, err)
	}
}

func TestDeviceCodeCredentialOfAnOpenDirectory(t *testing.T) {
	t.Parallel()
	s := open(t, entra.Config{Tenant: tenant, Open: true})
	credential, err := azidentity.NewDeviceCodeCredential(&azidentity.DeviceCodeCredentialOptions{
		ClientOptions: s.options(), UserPrompt: func(context.Context, azidentity.DeviceCodeMessage) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	token, err := credential.GetToken(t.Context(), managerScope())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.directory.Verify(token.Token, manager); err != nil {
		t.Error(err)
	}
}

// Not parallel: the endpoint is in the environment.
func TestManagedIdentityCredential(t *testing.T) {
	s := open(t, config())
	server := httptest.NewServer(s.directory.ManagedIdentity("the header"))
	defer server.Close()
	endpoint := map[string][2]string{"App Service": {"IDENTITY_ENDPOINT", "IDENTITY_HEADER"}, "Azure ML": {"MSI_ENDPOINT", "MSI_SECRET"}}
	for name, variables := range endpoint {
		t.Run(name, func(t *testing.T) {
			t.Setenv(variables[0], server.URL)
			t.Setenv(variables[1], "the header")
			credential, err := azidentity.NewManagedIdentityCredential(nil)
			if err != nil {
				t.Fatal(err)
			}
			token, err := credential.GetToken(t.Context(), managerScope())
			if err != nil {
				t.Fatal(err)
			}
			claims, err := s.directory.Verify(token.Token, manager)
			if err != nil || claims.AppID != appID {
				t.Errorf("claims are %+v: %v", claims, err)
			}
		})
	}
}
