package server

import "net/http"

// refused are services of a workspace's data plane that clients of Azure ML call
// and that are not here.
func refused() []route {
	var list []route
	for _, s := range []struct{ prefix, service string }{
		{"/mlflow", "MLflow"},
		{"/api/2.0/mlflow", "MLflow"},
		{"/metric", "Metrics of runs"},
		{"/history", "Run history"},
		{"/pipelines", "Published pipelines"},
		{"/modelmanagement", "Model management"},
		{"/assetstore", "The asset store"},
		{"/index", "The index of entities"},
		{"/registrymanagement", "Registries"},
		{"/genericasset", "Generic assets"},
		{"/dataset", "Datasets"},
		{"/data", "Data"},
		{"/modelregistry", "The model registry"},
		{"/artifact", "Artifacts"},
		{"/execution", "Execution"},
		{"/mferp", "The management front end"},
		{"/rp", "The resource provider"},
	} {
		list = append(list, route{prefix: s.prefix, door: refusal(s.service)})
	}
	return list
}

// refusal answers that a service is not here, with the operation that was asked
// for: for clients of Azure as for those of MLflow, which know an error by
// error_code.
func refusal(service string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		const code = "NotImplemented"
		message := service + ": " + r.Method + " " + shorten(r.URL.Path) + " is not implemented by the embedded workspace"
		w.Header().Set("X-Ms-Error-Code", code)
		writeJSON(w, r, http.StatusNotImplemented, map[string]any{
			"error": map[string]string{"code": code, "message": message}, "error_code": "NOT_IMPLEMENTED", "message": message,
		})
	})
}
