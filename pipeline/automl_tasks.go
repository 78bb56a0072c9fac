package pipeline

import "slices"

// family is a family of tasks of automated ML.
type family uint8

const (
	tableTask family = iota
	imageTask
	textTask
)

// task is what one task of automated ML has by itself.
type task struct {
	family  family
	metrics []string
	// algorithms are those of tables.
	algorithms []string
	// foreign are parameters of other tasks, of images and texts.
	foreign []string
}

// automlTask is the task of that name, capitals and underscores aside.
// Source: azure-ai-ml: _schema/automl.
func automlTask(name string) (task, bool) {
	classes := []string{"auc_weighted", "accuracy", "norm_macro_recall", "average_precision_score_weighted", "precision_score_weighted"}
	errors := []string{"spearman_correlation", "normalized_root_mean_squared_error", "r2_score", "normalized_mean_absolute_error"}
	switch flat(name) {
	case "classification":
		return task{metrics: classes, algorithms: classifiers()}, true
	case "regression":
		return task{metrics: errors, algorithms: regressors()}, true
	case "forecasting":
		return task{metrics: errors, algorithms: append(forecasters(), regressors()...)}, true
	case "imageclassification":
		return task{family: imageTask, metrics: classes, foreign: slices.Concat(textOnly(), detectionOnly())}, true
	case "imageclassificationmultilabel":
		return task{family: imageTask, metrics: append(classes, "iou"), foreign: slices.Concat(textOnly(), detectionOnly())}, true
	case "imageobjectdetection", "imageinstancesegmentation":
		return task{family: imageTask, metrics: []string{"mean_average_precision"}, foreign: slices.Concat(textOnly(), classificationOnly())}, true
	case "textclassification":
		return task{family: textTask, metrics: classes, foreign: imageOnly()}, true
	case "textclassificationmultilabel", "textner":
		return task{family: textTask, metrics: []string{"accuracy"}, foreign: imageOnly()}, true
	}
	return task{}, false
}

func classifiers() []string {
	return []string{"logistic_regression", "sgd", "multinomial_naive_bayes", "bernoulli_naive_bayes", "svm", "linear_svm", "knn",
		"decision_tree", "random_forest", "extreme_random_trees", "light_gbm", "gradient_boosting", "xg_boost_classifier"}
}

func regressors() []string {
	return []string{"elastic_net", "gradient_boosting", "decision_tree", "knn", "lasso_lars", "sgd", "random_forest",
		"extreme_random_trees", "light_gbm", "xg_boost_regressor"}
}

func forecasters() []string {
	return []string{"auto_arima", "prophet", "naive", "seasonal_naive", "average", "seasonal_average", "exponential_smoothing",
		"arimax", "tcn_forecaster"}
}

func textOnly() []string { return []string{"gradient_accumulation_steps", "warmup_ratio"} }

func classificationOnly() []string {
	return []string{"training_crop_size", "validation_crop_size", "validation_resize_size", "weighted_loss"}
}

func detectionOnly() []string {
	return []string{"box_detections_per_image", "box_score_threshold", "image_size", "max_size", "min_size", "model_size", "multi_scale",
		"nms_iou_threshold", "tile_grid_size", "tile_overlap_ratio", "tile_predictions_nms_threshold", "validation_iou_threshold",
		"validation_metric_type", "log_training_metrics", "log_validation_loss"}
}

func imageOnly() []string {
	return slices.Concat(detectionOnly(), classificationOnly(), []string{
		"ams_gradient", "augmentations", "beta1", "beta2", "distributed", "early_stopping", "early_stopping_delay", "early_stopping_patience",
		"enable_onnx_normalization", "evaluation_frequency", "gradient_accumulation_step", "layers_to_freeze", "momentum", "nesterov",
		"number_of_workers", "optimizer", "random_seed", "step_lr_gamma", "step_lr_step_size", "warmup_cosine_lr_cycles",
		"warmup_cosine_lr_warmup_epochs", "advanced_settings", "checkpoint_frequency", "checkpoint_run_id",
	})
}
