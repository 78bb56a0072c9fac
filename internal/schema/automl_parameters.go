package schema

// parameter is one that models of images or text are trained with.
type parameter struct {
	name  string
	shape Shape
	doc   string
}

// modelParameters are those of images and text together; the task says which
// of them count.
// Source: azure-ai-ml: _schema/automl/image_vertical/image_model_settings.py and
// nlp_vertical/nlp_fixed_parameters.py.
func modelParameters() []parameter {
	var out []parameter
	for _, list := range [][]parameter{commonParameters(), imageParameters(), detectionParameters(), textParameters()} {
		out = append(out, list...)
	}
	return out
}

func commonParameters() []parameter {
	schedulers := enum("none", "warmup_cosine", "step", "linear", "cosine", "cosine_with_restarts", "polynomial", "constant", "constant_with_warmup")
	return []parameter{
		{"model_name", text(), "The model."},
		{"learning_rate", number(), "How fast the model learns."},
		{"learning_rate_scheduler", schedulers.snake().of("a scheduler", "schedulers"), "How the learning rate changes."},
		{"number_of_epochs", integer().atLeast(1), "How often the data is gone through."},
		{"training_batch_size", integer().atLeast(1), "How many samples are learnt from at once."},
		{"validation_batch_size", integer().atLeast(1), "How many samples are validated at once."},
		{"weight_decay", number(), "How strongly weights are kept small."},
	}
}

func imageParameters() []parameter {
	return []parameter{
		{"ams_gradient", boolean(), "Whether the optimizer is AMSGrad."},
		{"augmentations", text(), "How images are altered."},
		{"beta1", number(), "The first coefficient of the optimizer."},
		{"beta2", number(), "The second coefficient of the optimizer."},
		{"distributed", boolean(), "Whether several processors train together."},
		{"early_stopping", boolean(), "Whether training ends when it gets no better."},
		{"early_stopping_delay", integer().atLeast(0), "How many epochs pass before that is looked at."},
		{"early_stopping_patience", integer().atLeast(0), "How many epochs without progress are borne."},
		{"enable_onnx_normalization", boolean(), "Whether the ONNX model normalises."},
		{"evaluation_frequency", integer().atLeast(1), "After how many epochs the metric is computed."},
		{"gradient_accumulation_step", integer().atLeast(1), "How many steps go into one update."},
		{"layers_to_freeze", integer().atLeast(0), "How many layers stay as they are."},
		{"momentum", number(), "The momentum of sgd."},
		{"nesterov", boolean(), "Whether sgd uses Nesterov's momentum."},
		{"number_of_workers", integer().atLeast(0), "How many processes read the data."},
		{"optimizer", enum("none", "sgd", "adam", "adamw").snake().of("an optimizer", "optimizers"), "How weights are updated."},
		{"random_seed", integer(), "Where the random numbers start."},
		{"step_lr_gamma", number(), "What the learning rate is multiplied by at each step."},
		{"step_lr_step_size", integer().atLeast(1), "How many epochs a step has."},
		{"warmup_cosine_lr_cycles", number(), "How many cycles the learning rate has."},
		{"warmup_cosine_lr_warmup_epochs", integer().atLeast(0), "How many epochs the learning rate grows."},
		{"training_crop_size", integer().atLeast(1), "The size that images are cut to for training."},
		{"validation_crop_size", integer().atLeast(1), "The size that images are cut to for validation."},
		{"validation_resize_size", integer().atLeast(1), "The size that images get before they are cut."},
		{"weighted_loss", integer().between(0, 2), "How classes are weighted: 0 not, 1 by square root, 2 fully."},
	}
}

func detectionParameters() []parameter {
	return []parameter{
		{"box_detections_per_image", integer().atLeast(1), "How many boxes an image may have."},
		{"box_score_threshold", number(), "The score that a box needs."},
		{"image_size", integer().atLeast(1), "The size of images, of yolov5."},
		{"max_size", integer().atLeast(1), "The greatest size that images get."},
		{"min_size", integer().atLeast(1), "The least size that images get."},
		{"model_size", enum("none", "small", "medium", "large", "extra_large").snake().of("a model size", "model sizes"), "The size of the model, of yolov5."},
		{"multi_scale", boolean(), "Whether images come in several sizes, of yolov5."},
		{"nms_iou_threshold", number(), "The overlap above which boxes are joined."},
		{"tile_grid_size", text(), "The grid that images are cut by: `3x2`."},
		{"tile_overlap_ratio", number(), "How far tiles overlap."},
		{"tile_predictions_nms_threshold", number(), "The overlap above which boxes of tiles are joined."},
		{"validation_iou_threshold", number(), "The overlap that counts as found."},
		{"validation_metric_type", enum("none", "coco", "voc", "coco_voc").snake().of("a metric of validation", "the metrics"), "Which metrics are computed."},
		{"log_training_metrics", text(), "Whether metrics of training are logged: Enable or Disable."},
		{"log_validation_loss", text(), "Whether the loss of validation is logged: Enable or Disable."},
	}
}

func textParameters() []parameter {
	return []parameter{
		{"gradient_accumulation_steps", integer().atLeast(1), "How many steps go into one update, of text."},
		{"warmup_ratio", number().between(0, 1), "The share of the training in which the learning rate grows, of text."},
	}
}
