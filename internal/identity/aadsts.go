package identity

// advice is what one of Microsoft Entra's codes means. In its texts stand
// {app}, {tenant}, {place} (where the secret lies) and {login} (the command
// that signs in anew).
type advice struct {
	codes      []string
	kind       Kind
	cause, fix string
}

// advices is the table of codes. What is not in it is told in Entra's words.
func advices() []advice {
	return []advice{
		{[]string{"AADSTS7000215"}, WrongSecret,
			"the client secret is wrong", "put the secret's value, not its id, into {place}"},
		{[]string{"AADSTS7000216", "AADSTS7000218"}, WrongSecret,
			"the client secret is missing", "put it into {place}"},
		{[]string{"AADSTS7000222"}, ExpiredSecret,
			"the client secret has expired", "make a new one for the app {app} and put it into {place}"},
		{[]string{"AADSTS700016"}, UnknownApp,
			"there is no app {app} in the tenant {tenant}", "check client_id and tenant_id"},
		{[]string{"AADSTS7000112", "AADSTS500014"}, UnknownApp,
			"the app {app} is disabled in the tenant {tenant}", "ask who administers the tenant to enable it"},
		{[]string{"AADSTS500011", "AADSTS650057"}, UnknownApp,
			"the service that the token is for is not known in the tenant {tenant}", "check tenant_id and the cloud"},
		{[]string{"AADSTS90002", "AADSTS900023", "AADSTS900021", "AADSTS50059"}, UnknownTenant,
			"there is no tenant {tenant}", "check tenant_id, and that the cloud is the right one"},
		{[]string{"AADSTS90072", "AADSTS50020", "AADSTS50034", "AADSTS51004"}, UnknownTenant,
			"this user is not in the tenant {tenant}", "sign in as another: {login}, or ask for an invitation"},
		{[]string{"AADSTS900382", "AADSTS900439", "AADSTS90038", "AADSTS90033"}, UnknownTenant,
			"the tenant {tenant} is in another cloud", "name the cloud: AZURE_CLOUD=AzureUSGovernment, for example"},
		{[]string{"AADSTS65001", "AADSTS65004", "AADSTS90094", "AADSTS90095", "AADSTS900941"}, NoConsent,
			"nobody has consented to this app in the tenant {tenant}", "ask who administers the tenant to consent, or sign in with the Azure CLI"},
		{[]string{"AADSTS50105"}, Denied,
			"the app is only for users who were assigned to it", "ask who administers the tenant to assign this one"},
		{[]string{"AADSTS50076", "AADSTS50079", "AADSTS50072", "AADSTS50074", "AADSTS50158"}, Policy,
			"the tenant {tenant} wants a second factor", "sign in anew: {login}"},
		{[]string{"AADSTS53000", "AADSTS53001", "AADSTS53002", "AADSTS53003", "AADSTS53004", "AADSTS530003", "AADSTS530034", "AADSTS530035", "AADSTS50097", "AADSTS500183"}, Policy,
			"a conditional access policy of the tenant {tenant} forbids this sign-in", "sign in from a device or network that it allows, or with the Azure CLI in a browser (az login)"},
		{[]string{"AADSTS700024", "AADSTS700023", "AADSTS50013", "AADSTS500133", "AADSTS7000024"}, Clock,
			"the assertion is not valid at this time", "correct this machine's clock, or renew the assertion"},
		{[]string{"AADSTS70021", "AADSTS700211", "AADSTS700212", "AADSTS700213", "AADSTS700223"}, WrongSecret,
			"the app {app} does not trust this workload's identity", "add a federated credential with its issuer, subject and audience"},
		{[]string{"AADSTS700027"}, WrongSecret,
			"the assertion is not signed by whom the app {app} trusts", "check the federated credential"},
		{[]string{"AADSTS700082", "AADSTS70008", "AADSTS700084", "AADSTS70043", "AADSTS700081", "AADSTS50173", "AADSTS50078", "AADSTS50089", "AADSTS500571", "AADSTS50132", "AADSTS500341", "AADSTS65002", "AADSTS70000", "AADSTS9002313"}, Expired,
			"the sign-in has expired or was revoked", "sign in anew: {login}"},
		{[]string{"AADSTS50057", "AADSTS50053", "AADSTS50055", "AADSTS50126", "AADSTS50144"}, Denied,
			"the user's account is locked, disabled, or has another password", "sign in as another: {login}, or ask who administers the tenant"},
		{[]string{"AADSTS70020", "AADSTS70019"}, CodeExpired,
			"nobody entered the code in time", "try again, and enter the code within 15 minutes"},
		{[]string{"AADSTS70018"}, CodeExpired, "the code is not good any more", "try again"},
		{[]string{"AADSTS90010", "AADSTS7000014"}, Refused,
			"the tenant {tenant} does not allow this way to sign in", "sign in with the Azure CLI (az login)"},
		{[]string{"AADSTS50196", "AADSTS90006", "AADSTS90055"}, Throttled,
			"there were too many requests", "wait for some minutes and try again"},
		{[]string{"AADSTS90100", "AADSTS50000", "AADSTS90090"}, Unavailable, "Microsoft Entra failed", "try again later"},
	}
}

// words are the answers of the protocol for which Entra need not give a code.
func words() map[string]advice {
	return map[string]advice{
		"authorization_declined": {kind: Declined, cause: "the sign-in was declined in the browser", fix: "try again, and accept it"},
		"access_denied":          {kind: Declined, cause: "the sign-in was declined in the browser", fix: "try again, and accept it"},
		"expired_token":          {kind: CodeExpired, cause: "nobody entered the code in time", fix: "try again, and enter the code within 15 minutes"},
		"code_expired":           {kind: CodeExpired, cause: "nobody entered the code in time", fix: "try again, and enter the code within 15 minutes"},
		"invalid_grant":          {kind: Expired, cause: "the sign-in has expired or was revoked", fix: "sign in anew: {login}"},
		"interaction_required":   {kind: Policy, cause: "the tenant {tenant} wants a new sign-in", fix: "{login}"},
		"invalid_tenant":         {kind: UnknownTenant, cause: "there is no tenant {tenant}", fix: "check tenant_id, and that the cloud is the right one"},
	}
}
