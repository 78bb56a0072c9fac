// Package train is the pipeline logic of the second step: it takes what
// preprocess wrote, splits it at train_test_ratio, fits a classifier on one
// part, measures it on the other, and writes the model and its metrics.
//
// The classifier is multinomial logistic regression, fitted with Newton's
// method on gonum's matrices. Scaling is learnt from the training rows only and
// is part of the model, so LoadModel and Predict need nothing else.
//
// The one rule to keep: the same rows and the same ratio give the same model.
//
// Next: your own step.
package train
